# Completes what cargo-cyclonedx found: without the folder of this machine, with the libraries in C. Arguments: sqlite, openssl: versions.
def library($name; $version; $license; $description):
  {
    type: "library", "bom-ref": $name, name: $name, version: $version, description: $description, scope: "required",
    licenses: [$license], cpe: "cpe:2.3:a:\($name):\($name):\($version):*:*:*:*:*:*:*"
  };
def needs($crate; $library):
  (.dependencies[] | select(.ref | contains("#\($crate)@"))).dependsOn += [$library];

walk(if type == "string" then gsub("path\\+file://[^#]*#"; "pkg:cargo/") | sub("\\?download_url=file:.*"; "") else . end)
| .components += [
    library("sqlite"; $sqlite; {license: {name: "Public domain"}}; "The source in the crate libsqlite3-sys, linked statically"),
    library("openssl"; $openssl; {license: {id: "Apache-2.0"}}; "The system's, linked dynamically; the version of the build")
  ]
| .dependencies += [{ref: "sqlite"}, {ref: "openssl"}]
| needs("libsqlite3-sys"; "sqlite")
| needs("openssl-sys"; "openssl")
