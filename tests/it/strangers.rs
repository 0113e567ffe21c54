//! Things that people who have no account can make a server keep: sign-ons under way, bodies, and the log of its database. All of
//! it is bounded, and by whoever makes it.

use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use entrada::web;
use entrada::web::Entrada;
use entrada::web::EntradaBuilder;
use rusqlite::Connection as Database;
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::net::TcpSocket;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::command_line::Workspace;
use crate::command_line::recording;
use crate::scim::pinned;
use crate::serving::Server;

const PATIENCE: Duration = Duration::from_secs(20);
const LOGIN: &str = "/saml/acme/login";

/// A site on loopback with the connection `acme`, and its store.
struct Site {
    address: SocketAddr,
    folder: TempDir,
}

impl Site {
    async fn new(settings: impl FnOnce(EntradaBuilder) -> EntradaBuilder) -> Site {
        let folder = tempfile::tempdir().unwrap();
        let builder = Entrada::builder("https://app.example.com")
            .store(format!(
                "sqlite:{}",
                folder.path().join("entrada.db").display()
            ))
            .connection(pinned("acme"));
        let entrada = settings(builder).build().await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(web::serve(listener, entrada.service()).into_future());
        Site { address, folder }
    }

    async fn connect(&self, client: &str) -> Client {
        Client::connect(self.address, client).await
    }

    /// Sign-ons under way, and what they take.
    fn pending(&self) -> (i64, i64) {
        let database = Database::open(self.folder.path().join("entrada.db")).unwrap();
        let counted = "SELECT pending_requests, pending_bytes FROM counters";
        let counted = database.query_row(counted, [], |row| row.try_into());
        counted.unwrap()
    }
}

/// A connection that asks one thing after the other.
struct Client(TcpStream);

impl Client {
    async fn connect(to: SocketAddr, client: &str) -> Client {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(format!("{client}:0").parse().unwrap()).unwrap();
        Client(socket.connect(to).await.unwrap())
    }

    /// The head of the answer; bodies are as long as they say.
    async fn ask(&mut self, method: &str, path: &str, header: &str) -> String {
        let request = format!("{method} {path} HTTP/1.1\r\nHost: app.example.com\r\n{header}\r\n");
        self.0.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let byte = timeout(PATIENCE, self.0.read_u8()).await.unwrap();
            head.push(byte.unwrap());
        }
        let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.map_or(0, |length| length.parse().unwrap());
        if method != "HEAD" {
            let mut body = vec![0; length];
            self.0.read_exact(&mut body).await.unwrap();
        }
        head
    }

    async fn begin(&mut self, header: &str) -> String {
        self.ask("GET", "/saml/acme/login", header).await
    }

    /// Begins sign-ons until that is refused; says how many it began.
    async fn flood(&mut self, path: &str, header: impl Fn(usize) -> String) -> usize {
        for begun in 0..3000 {
            let head = self.ask("GET", path, &header(begun)).await;
            if head.starts_with("http/1.1 429 ") {
                assert!(head.contains("\r\nretry-after: 1\r\n"), "{head}");
                assert!(!head.contains("set-cookie"), "{head}");
                return begun;
            }
            assert!(head.starts_with("http/1.1 303 "), "{head}");
        }
        panic!("nobody stops it");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_client_begins_so_many_sign_ons_and_others_go_on() {
    let site = Site::new(|builder| builder).await;
    let mut flooding = site.connect("127.0.0.66").await;
    let begun = flooding.flood(LOGIN, |_| String::new()).await;
    assert!(begun >= 500, "{begun}");
    let mut other = site.connect("127.0.0.1").await;
    assert!(other.begin("").await.starts_with("http/1.1 303 "));
    // A client that claims to come from elsewhere is not believed.
    let mut liar = site.connect("127.0.0.68").await;
    let elsewhere = |n: usize| format!("X-Forwarded-For: 192.0.{}.{}\r\n", n / 250, n % 250);
    let begun_by_liar = liar.flood(LOGIN, elsewhere).await;
    // It may still look around.
    let head = flooding.ask("GET", "/saml/login", "").await;
    assert!(head.starts_with("http/1.1 303 "), "{head}");
    // Pages to return to that are long count for what they take.
    let long = format!("/saml/acme/login?return=/{}", "a".repeat(2000));
    let mut long_winded = site.connect("127.0.0.67").await;
    let begun_long = long_winded.flood(&long, |_| String::new()).await;
    assert!(begun_long < 200, "{begun_long}");
    let (requests, bytes) = site.pending();
    let short = begun + 1 + begun_by_liar;
    assert_eq!(requests, (short + begun_long) as i64);
    let expected = short * 302 + begun_long * (300 + 2 * 2001);
    assert_eq!(bytes, expected as i64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trusted_proxy_tells_its_clients_apart() {
    let site = Site::new(|builder| builder.trusted_proxy("127.0.0.1")).await;
    let mut proxy = site.connect("127.0.0.1").await;
    let client = |address: &str| format!("X-Forwarded-For: 203.0.113.9, {address}\r\n");
    proxy.flood(LOGIN, |_| client("192.0.2.1")).await;
    for address in ["192.0.2.2", "192.0.2.2:4711", "2001:db8::1"] {
        let head = proxy.begin(&client(address)).await;
        assert!(head.starts_with("http/1.1 303 "), "{address}: {head}");
    }
    // Nobody else is asked.
    let mut direct = site.connect("127.0.0.7").await;
    let head = direct.begin(&client("192.0.2.1")).await;
    assert!(head.starts_with("http/1.1 303 "), "{head}");
}

#[tokio::test]
async fn head_begins_no_sign_on() {
    let site = Site::new(|builder| builder).await;
    let mut client = site.connect("127.0.0.1").await;
    for path in [
        "/saml/acme/login",
        "/saml/acme/login?return=/page",
        "/saml/acme/slo?SAMLRequest=x",
    ] {
        let head = client.ask("HEAD", path, "").await;
        assert!(head.starts_with("http/1.1 200 "), "{path}: {head}");
        assert!(
            !head.contains("set-cookie") && !head.contains("location"),
            "{path}: {head}"
        );
    }
    for path in ["/saml/globex/login", "/saml/globex/slo"] {
        let head = client.ask("HEAD", path, "").await;
        assert!(head.starts_with("http/1.1 404 "), "{path}: {head}");
    }
    assert_eq!(site.pending(), (0, 0));
    client.begin("").await;
    assert_eq!(site.pending(), (1, 302));
}

#[test]
fn a_network_that_is_none_is_refused_before_anything_is_served() {
    let place = Workspace::new();
    let ran = place
        .run(["serve", "--trusted-proxy", "10.0.0.0/33"])
        .exits(2);
    assert!(ran.stderr.contains("10.0.0.0/8"), "{ran:?}");
    let config = place.write("proxy.toml", "trusted-proxy = ['10.0.0.0/8', 'proxy']\n");
    let ran = place.run(["serve", "--config", &config]).exits(3);
    assert!(
        ran.stderr.contains("trusted-proxy: ") && ran.stderr.contains("\"proxy\""),
        "{ran:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_trusted_proxy_chooses_the_host_and_is_told_of_plain_http_once() {
    let place = Workspace::new();
    for (id, host) in [("acme", "acme.example"), ("globex", "globex.example")] {
        let metadata = recording("metadata.xml");
        let add = ["connection", "add", id, "--metadata-file", &metadata];
        place.run(add.iter().chain(&["--host", host])).exits(0);
    }
    let serve = ["serve", "--listen", "127.0.0.1:0", "--base-url"];
    let more = ["https://app.example.com", "--trusted-proxy", "127.0.0.1"];
    let server = Server::start(&place, &[&serve[..], &more].concat());
    let to = address(&server);
    let mut proxy = Client::connect(to, "127.0.0.1").await;
    let mut stranger = Client::connect(to, "127.0.0.7").await;
    let forwarded =
        "X-Forwarded-Host: acme.example, Globex.example:443\r\nX-Forwarded-Proto: http\r\n";
    let head = proxy.ask("GET", "/saml/login", forwarded).await;
    let globex = "\r\nlocation: https://app.example.com/saml/globex/login\r\n";
    assert!(head.contains(globex), "{head}");
    let head = stranger.ask("GET", "/saml/login", forwarded).await;
    assert!(head.starts_with("http/1.1 200 "), "{head}");
    for from in ["127.0.0.7", "127.0.0.1", "127.0.0.1"] {
        let mut client = Client::connect(to, from).await;
        let head = client.begin(forwarded).await;
        // No way round in a circle.
        let goes_on = head.starts_with("http/1.1 303 ") && head.contains("samlrequest=");
        assert!(goes_on, "{head}");
    }
    let stopped = tokio::task::spawn_blocking(move || server.stop());
    let (_, log) = stopped.await.unwrap();
    assert_eq!(log.matches("plain-http-at-proxy").count(), 1, "{log}");
}

fn address(server: &Server) -> SocketAddr {
    let listening = server.started["listening"].as_str().unwrap();
    listening.trim_start_matches("http://").parse().unwrap()
}

/// The length of a file, 0 if there is none.
fn length(path: &str) -> u64 {
    fs::metadata(path).map_or(0, |of| of.len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_ons_under_way_leave_no_long_log_beside_the_store() {
    let place = Workspace::new();
    place.add("acme");
    let server = Server::start(
        &place,
        &[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--trusted-proxy",
            "127.0.0.0/8",
        ],
    );
    let to = address(&server);
    let log = place.path("entrada.db-wal");
    let mut client = Client::connect(to, "127.0.0.1").await;
    let mut longest = 0;
    for number in 0..2500 {
        let forwarded = format!("X-Forwarded-For: 192.0.2.{}\r\n", number % 250);
        let head = client.begin(&forwarded).await;
        assert!(head.starts_with("http/1.1 303 "), "{head}");
        longest = longest.max(length(&log));
    }
    assert!(longest < 20 * 1024 * 1024, "{longest}");
    drop(client);
    let stopped = tokio::task::spawn_blocking(move || server.stop());
    assert_eq!(stopped.await.unwrap().0, Some(0));
    assert_eq!(length(&log), 0);
}

/// The memory of a process.
fn resident(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    let kibibytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kibibytes * 1024
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stalled_bodies_take_bounded_memory_and_keep_nobody_waiting() {
    let place = Workspace::new();
    place.add("acme");
    let server = Server::start(&place, &["serve", "--listen", "127.0.0.1:0"]);
    let to = address(&server);
    let before = resident(server.process());
    let kinds = [
        ("saml/acme/acs", 3_900_000),
        ("saml/acme/slo", 3_900_000),
        ("elsewhere", 1_900_000),
    ];
    let mut stalled = Vec::new();
    for number in 0..180 {
        let (path, length) = kinds[number % 3];
        stalled.push(tokio::spawn(async move {
            let mut client = Client::connect(to, "127.0.0.66").await;
            let head = format!(
                "POST /{path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\nSAMLResponse=",
                length + 1000
            );
            let _ = client.0.write_all(head.as_bytes()).await;
            let _ = client.0.write_all(&vec![b'A'; length]).await;
            tokio::time::sleep(Duration::from_secs(60)).await;
        }));
    }
    let mut most = 0;
    for _ in 0..30 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        most = most.max(resident(server.process()));
        let mut good = Client::connect(to, "127.0.0.1").await;
        let form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 16\r\n\r\nSAMLResponse=x";
        let head = good.ask("POST", "/saml/acme/acs", form).await;
        assert!(head.starts_with("http/1.1 4"), "{head}");
    }
    assert!(most - before < 80 * 1024 * 1024, "{before} and then {most}");
    stalled.iter().for_each(tokio::task::JoinHandle::abort);
    tokio::task::spawn_blocking(move || server.stop())
        .await
        .unwrap();
}
