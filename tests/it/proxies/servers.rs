//! The proxies as the tests run them: unpacked, on loopback, in a folder of the test's own, and in one process that ends with the test.

use std::fs;
use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::child;
use crate::child::Child;
use crate::child::free_address;
use crate::child::libraries;
use crate::child::unpacked;

/// A proxy. In the texts, `{outside}`, `{plain}` and `{inside}` stand for the addresses at which people come to it, by TLS and
/// without, and that of the site; `{ip}` and `{port}` for the parts of the first; `{folder}` for the test's folder; `{modules}` for the
/// folder of what it loads.
pub(super) struct Proxy {
    package: &'static str,
    /// The page, and in it the block by its language and its number.
    page: &'static str,
    language: &'static str,
    number: usize,
    program: &'static str,
    arguments: &'static [&'static str],
    /// Texts of the page, each with the text that takes its place.
    replaced: &'static [(&'static str, &'static str)],
    /// The file that the package brings, with `{page}` in the place of the configuration of the page.
    around: &'static str,
    /// Listens for plain HTTP too.
    redirects: bool,
}

/// The file around the servers of nginx: one process, and no file outside the folder.
macro_rules! nginx {
    ($servers:literal) => {
        concat!(
            "daemon off;\nmaster_process off;\npid nginx.pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n",
            "client_body_temp_path body;\nproxy_temp_path proxy;\nfastcgi_temp_path fastcgi;\nuwsgi_temp_path uwsgi;\n",
            "scgi_temp_path scgi;\n",
            $servers,
            "}\n"
        )
    };
}

pub(super) const NGINX: Proxy = Proxy {
    package: "nginx",
    page: PAGE,
    language: "nginx",
    number: 0,
    program: "usr/sbin/nginx",
    arguments: &[
        "-e",
        "stderr",
        "-p",
        "{folder}",
        "-c",
        "{folder}/configuration",
    ],
    replaced: &[
        ("listen 443 ", "listen {outside} "),
        ("listen 80;", "listen {plain};"),
        ("server 127.0.0.1:8080", "server {inside}"),
        ("/etc/ssl/app.example.com", "{folder}/site"),
    ],
    around: nginx!("{page}"),
    redirects: true,
};

/// A block for a server that stands already.
pub(super) const NGINX_STRIPPED: Proxy = Proxy {
    page: "docs/browser.md",
    replaced: &[("http://127.0.0.1:8080", "http://{inside}")],
    around: nginx!(
        "server {\nlisten {outside} ssl;\nssl_certificate {folder}/site.pem;\nssl_certificate_key {folder}/site.key;\n{page}}\n"
    ),
    redirects: false,
    ..NGINX
};

pub(super) const NGINX_KEPT: Proxy = Proxy {
    number: 1,
    ..NGINX_STRIPPED
};

pub(super) const CADDY: Proxy = Proxy {
    package: "caddy",
    page: PAGE,
    language: "caddy",
    number: 0,
    program: "usr/bin/caddy",
    arguments: &[
        "run",
        "--adapter",
        "caddyfile",
        "--config",
        "{folder}/configuration",
    ],
    replaced: &[
        (
            "app.example.com {",
            "https://app.example.com:{port} {\n\tbind {ip}",
        ),
        ("127.0.0.1:8080 {", "{inside} {"),
        ("/etc/ssl/app.example.com", "{folder}/site"),
    ],
    around: "{\n\tadmin off\n\tauto_https off\n}\n{page}",
    redirects: false,
};

pub(super) const HAPROXY: Proxy = Proxy {
    package: "haproxy",
    page: PAGE,
    language: "haproxy",
    number: 0,
    program: "usr/sbin/haproxy",
    arguments: &["-db", "-f", "{folder}/configuration"],
    replaced: &[
        ("bind :443 ", "bind {outside} "),
        ("bind :80\n", "bind {plain}\n"),
        ("server entrada 127.0.0.1:8080", "server entrada {inside}"),
        ("/etc/haproxy/app.example.com.pem", "{folder}/site.both"),
    ],
    around: "{page}",
    redirects: true,
};

pub(super) const APACHE: Proxy = Proxy {
    package: "apache2-bin",
    page: PAGE,
    language: "apache",
    number: 0,
    program: "usr/sbin/apache2",
    arguments: &["-X", "-d", "{folder}", "-f", "{folder}/configuration"],
    replaced: &[
        ("<VirtualHost *:443>", "<VirtualHost {outside}>"),
        ("<VirtualHost *:80>", "<VirtualHost {plain}>"),
        ("http://127.0.0.1:8080/", "http://{inside}/"),
        ("/etc/ssl/app.example.com", "{folder}/site"),
    ],
    around: "LoadModule mpm_event_module {modules}/mod_mpm_event.so\n\
        LoadModule authz_core_module {modules}/mod_authz_core.so\nLoadModule alias_module {modules}/mod_alias.so\n\
        LoadModule headers_module {modules}/mod_headers.so\nLoadModule proxy_module {modules}/mod_proxy.so\n\
        LoadModule proxy_http_module {modules}/mod_proxy_http.so\nLoadModule ssl_module {modules}/mod_ssl.so\n\
        ServerName localhost\nPidFile apache.pid\nErrorLog /dev/stderr\nDefaultRuntimeDir {folder}\nMutex file:{folder}\n\
        Listen {outside}\nListen {plain}\n{page}",
    redirects: true,
};

/// Tells if the block of this language and number on a page is the configuration of one of these.
pub(crate) fn runs(page: &str, language: &str, number: usize) -> bool {
    let all = [NGINX, NGINX_STRIPPED, NGINX_KEPT, CADDY, HAPROXY, APACHE];
    let mut all = all.iter();
    all.any(|of| (of.page, of.language, of.number) == (page, language, number))
}

/// A proxy with addresses and a certificate, before it is started.
pub(super) struct Prepared<'a> {
    proxy: &'a Proxy,
    folder: TempDir,
    pub(super) address: SocketAddr,
}

/// A proxy that listens.
pub(super) struct Started {
    _process: Child,
    folder: TempDir,
    pub(super) address: SocketAddr,
    pub(super) plain: Option<SocketAddr>,
}

impl Proxy {
    pub(super) fn prepare(&self, host: &str) -> Prepared<'_> {
        let folder = tempfile::tempdir().unwrap();
        make_certificate(folder.path(), host);
        Prepared {
            proxy: self,
            folder,
            address: free_address(),
        }
    }

    fn block(&self) -> String {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join(self.page);
        let page = fs::read_to_string(page).unwrap();
        let fence = format!("```{}\n", self.language);
        let block = page.split(&fence).nth(self.number + 1).unwrap();
        block.split_once("```\n").unwrap().0.to_owned()
    }
}

impl Prepared<'_> {
    /// Starts it before a site at this address, and waits until it listens.
    pub(super) async fn start(self, inside: &str) -> Started {
        let Prepared {
            proxy,
            folder,
            address,
        } = self;
        // On one host, as in life.
        let plain = SocketAddr::new(address.ip(), free_address().port());
        let place = folder.path().to_str().unwrap();
        let root = unpacked(proxy.package);
        let fill = |text: &str| {
            let modules = root.join("usr/lib/apache2/modules");
            text.replace("{outside}", &address.to_string())
                .replace("{port}", &address.port().to_string())
                .replace("{ip}", &address.ip().to_string())
                .replace("{plain}", &plain.to_string())
                .replace("{inside}", inside)
                .replace("{folder}", place)
                .replace("{modules}", modules.to_str().unwrap())
        };
        let mut page = proxy.block();
        for (said, instead) in proxy.replaced {
            assert!(page.contains(said), "{said} is not in {page}");
            page = page.replace(said, instead);
        }
        let configuration = fill(&proxy.around.replace("{page}", &page));
        fs::write(folder.path().join("configuration"), configuration).unwrap();
        let log = folder.path().join("log");
        let mut command = child::command(root.join(proxy.program));
        command
            .args(proxy.arguments.iter().map(|argument| fill(argument)))
            .current_dir(place)
            .env("LD_LIBRARY_PATH", libraries(&root))
            .env("HOME", place)
            .env("XDG_CONFIG_HOME", place)
            .env("XDG_DATA_HOME", place)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap());
        let mut process = Child::start(&mut command);
        let deadline = Instant::now() + START_TIMEOUT;
        while TcpStream::connect(address).await.is_err() {
            let log = fs::read_to_string(&log).unwrap();
            assert!(process.try_wait().unwrap().is_none(), "it ended: {log}");
            assert!(Instant::now() < deadline, "it does not listen: {log}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Started {
            _process: process,
            folder,
            address,
            plain: proxy.redirects.then_some(plain),
        }
    }
}

impl Started {
    /// The certificate that it shows.
    pub(super) fn certificate(&self) -> PathBuf {
        self.folder.path().join("site.pem")
    }
}

/// A key in `site.key`, its certificate in `site.pem`, and both in `site.both`.
fn make_certificate(folder: &Path, host: &str) {
    let output = Command::new("openssl")
        .args([
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days", "2",
        ])
        .args(["-subj", "/CN=a throw-away key of a test"])
        .args(["-addext", &format!("subjectAltName=DNS:{host}")])
        .args(["-keyout", "site.key", "-out", "site.pem"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let both = ["site.pem", "site.key"].map(|name| fs::read_to_string(folder.join(name)).unwrap());
    fs::write(folder.join("site.both"), both.concat()).unwrap();
}

const PAGE: &str = "docs/proxies.md";

/// Far more than they need, even on a machine that compiles at the same time.
const START_TIMEOUT: Duration = Duration::from_secs(30);
