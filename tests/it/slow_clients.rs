//! Clients that take their time, by intent or not, against every listener of ours: they have limits, and nobody waits for
//! them.

use std::net::SocketAddr;
use std::time::Duration;
use std::time::Instant;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use axum::routing::post;
use entrada::connection::Connection;
use entrada::crypto::Fingerprint;
use entrada::practice::PracticeIdp;
use entrada::web;
use entrada::web::Entrada;
use entrada::web::ServeLimits;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::net::TcpSocket;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio::time::timeout;

use crate::child;
use crate::command_line::Workspace;
use crate::serving::Server;

const HALF: &str = "GET /saml/acme/login HTTP/1.1\r\nHost: app.example.com\r\nX-Padding: ";
const LOGIN: &str =
    "GET /saml/acme/login HTTP/1.1\r\nHost: app.example.com\r\nConnection: close\r\n\r\n";

/// A listener on loopback that serves an app, for as long as this lives.
struct Listening {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinHandle<std::io::Result<()>>,
}

impl Listening {
    async fn start(app: Router, limits: ServeLimits) -> Listening {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = web::serve(listener, app)
            .limits(limits)
            .with_graceful_shutdown(async { drop(stopped.await) });
        Listening {
            address,
            stop,
            server: tokio::spawn(serving.into_future()),
        }
    }

    /// Connects from an address of this machine.
    async fn from(&self, client: &str) -> std::io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(format!("{client}:0").parse().unwrap())?;
        socket.connect(self.address).await
    }

    /// Connects and sends.
    async fn send(&self, client: &str, text: &str) -> std::io::Result<TcpStream> {
        let mut stream = self.from(client).await?;
        stream.write_all(text.as_bytes()).await?;
        Ok(stream)
    }
}

/// Everything until the end, which must come within this time.
async fn rest(stream: &mut TcpStream, within: Duration) -> Option<String> {
    let mut bytes = Vec::new();
    let read = timeout(within, stream.read_to_end(&mut bytes)).await;
    // A connection that was cut may end with a reset.
    read.ok()
        .map(|_| String::from_utf8_lossy(&bytes).into_owned())
}

async fn status(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let answer = rest(&mut stream, PATIENCE)
        .await
        .expect("an answer in time");
    answer.get(..12).unwrap_or(&answer).to_owned()
}

/// A site with the connection `acme`.
async fn site() -> Entrada {
    let fingerprint = Fingerprint::parse(&"AB".repeat(32)).unwrap();
    let acme = Connection::builder("acme");
    let idp = "https://sts.windows.net/11111111-2222-3333-4444-555555555555/";
    Entrada::builder("https://app.example.com")
        .store("memory:")
        .connection(acme.fingerprint(fingerprint, idp, "https://login.example/saml2"))
        .build()
        .await
        .unwrap()
}

/// The time that a good client waits for its answer. Machines that test are busy.
const PATIENCE: Duration = Duration::from_secs(10);

/// Holds a connection in one of the ways that cost the client nothing.
async fn hold(listening: SocketAddr, kind: usize, client: &str) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{client}:0").parse().unwrap()).unwrap();
    let Ok(mut stream) = socket.connect(listening).await else {
        return;
    };
    let begin = match kind {
        0 => HALF,
        1 => "G",
        2 => "GET /healthz HTTP/1.1\r\nHost: app.example.com\r\n\r\n",
        3 => {
            "POST /saml/acme/acs HTTP/1.1\r\nHost: app.example.com\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\nSAMLResponse="
        }
        4 => "GET /large HTTP/1.1\r\nHost: app.example.com\r\n\r\n",
        _ => "",
    };
    let trickles = matches!(kind, 0 | 1 | 3);
    if stream.write_all(begin.as_bytes()).await.is_err() {
        return;
    }
    loop {
        sleep(Duration::from_millis(100)).await;
        if trickles && stream.write_all(b"A").await.is_err() {
            return;
        }
    }
}

async fn nobody_waits(attacker: &str, good: &str) {
    let large = Router::new().route("/large", get(|| async { vec![b'x'; 8 * 1024 * 1024] }));
    let app = site().await.service().merge(large);
    let listening = Listening::start(app, ServeLimits::connections(120)).await;
    let slow: Vec<_> = (0..360)
        .map(|number| {
            let (address, client) = (listening.address, attacker.to_owned());
            tokio::spawn(async move { hold(address, number % 6, &client).await })
        })
        .collect();
    sleep(Duration::from_millis(500)).await;
    for _ in 0..40 {
        let began = Instant::now();
        let mut stream = listening.send(good, LOGIN).await.unwrap();
        let answer = rest(&mut stream, PATIENCE)
            .await
            .expect("an answer in time");
        assert!(answer.starts_with("HTTP/1.1 303 "), "{answer}");
        assert!(began.elapsed() < PATIENCE);
    }
    slow.iter().for_each(JoinHandle::abort);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundreds_of_slow_connections_keep_nobody_waiting() {
    nobody_waits("127.0.0.66", "127.0.0.1").await;
}

/// Behind a reverse proxy the slow and the good have one address.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_connections_of_the_same_address_keep_nobody_waiting() {
    nobody_waits("127.0.0.1", "127.0.0.1").await;
}

#[tokio::test]
async fn each_kind_of_slowness_has_its_limit() {
    let second = Duration::from_secs(1);
    let limits = ServeLimits {
        head: second,
        idle: second,
        stall: second,
        ..ServeLimits::connections(100)
    };
    let app = Router::new()
        .route("/large", get(|| async { vec![b'x'; 32 * 1024 * 1024] }))
        .route(
            "/post",
            post(|body: String| async move { body.len().to_string() }),
        )
        .route("/", get(|| async { "ok" }));
    let listening = Listening::start(app, limits).await;
    let body = "POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n";
    for (kind, text) in [
        ("nothing at all", ""),
        ("half a head", "GET / HTTP/1.1\r\nHost: "),
        ("idle", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("a body that does not come", body),
        ("the next head", "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET"),
    ] {
        let mut stream = listening.send("127.0.0.1", text).await.unwrap();
        let ended = rest(&mut stream, PATIENCE).await;
        assert!(ended.is_some(), "{kind}");
    }
    // One byte at a time is no way to stay.
    for text in ["GET / HTTP/1.1\r\nX-Long: ", body] {
        let mut stream = listening.send("127.0.0.1", text).await.unwrap();
        let trickle = async {
            while stream.write_all(b"a").await.is_ok() {
                sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(PATIENCE, trickle).await.expect("it is cut");
    }
    // An answer that is not read ends as well, far from its end.
    let mut stream = listening
        .send("127.0.0.1", "GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    sleep(Duration::from_secs(4)).await;
    let read = rest(&mut stream, PATIENCE).await.expect("it is cut");
    assert!(read.len() < 32 * 1024 * 1024, "{}", read.len());
    assert_eq!(
        status(listening.address, "GET / HTTP/1.0\r\n\r\n").await,
        "HTTP/1.0 200"
    );
}

#[tokio::test]
async fn a_head_has_at_most_64_kibibytes() {
    let app = Router::new().route("/", get(|| async { "ok" }));
    let listening = Listening::start(app, ServeLimits::connections(10)).await;
    for (length, expected) in [
        (30_000, "HTTP/1.1 200"),
        (60_000, "HTTP/1.1 200"),
        (70_000, "HTTP/1.1 431"),
        (1_000_000, "HTTP/1.1 431"),
    ] {
        let cookie = "a".repeat(length);
        let request =
            format!("GET / HTTP/1.1\r\nHost: a\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n");
        assert_eq!(
            status(listening.address, &request).await,
            expected,
            "{length}"
        );
    }
}

#[tokio::test]
async fn work_is_waited_for_and_an_app_knows_its_peer() {
    let second = Duration::from_secs(1);
    let limits = ServeLimits {
        head: second,
        idle: second,
        stall: second,
        ..ServeLimits::connections(4)
    };
    let slow = get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move {
        sleep(Duration::from_secs(3)).await;
        peer.ip().to_string()
    });
    let listening = Listening::start(Router::new().route("/slow", slow), limits).await;
    let request = "GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let mut working = listening.send("127.0.0.1", request).await.unwrap();
    sleep(Duration::from_millis(200)).await;
    let mut idle = Vec::new();
    for _ in 0..20 {
        idle.push(listening.send("127.0.0.1", "GET").await.unwrap());
    }
    let answer = rest(&mut working, PATIENCE).await.unwrap();
    assert!(answer.ends_with("127.0.0.1"), "{answer}");
}

#[tokio::test]
async fn a_server_that_stops_answers_what_has_arrived_and_waits_for_nobody_else() {
    let slow = get(|| async {
        sleep(Duration::from_secs(1)).await;
        "done"
    });
    let app = Router::new().route("/slow", slow);
    let listening = Listening::start(app, ServeLimits::connections(100)).await;
    let request = "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut working = listening.send("127.0.0.1", request).await.unwrap();
    let mut silent = vec![listening.send("127.0.0.1", HALF).await.unwrap()];
    silent.push(listening.send("127.0.0.1", "").await.unwrap());
    sleep(Duration::from_millis(300)).await;
    let Listening {
        address,
        stop,
        server,
    } = listening;
    stop.send(()).unwrap();
    let answer = rest(&mut working, PATIENCE).await.unwrap();
    assert!(answer.ends_with("done"), "{answer}");
    timeout(PATIENCE, server).await.unwrap().unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn an_answer_arrives_although_the_body_was_not_wanted() {
    let app = Router::new().route("/refused", post(|| async { "no" }));
    let listening = Listening::start(app, ServeLimits::connections(100)).await;
    let length = 4 * 1024 * 1024;
    let head = format!("POST /refused HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n");
    for _ in 0..10 {
        let mut stream = listening.send("127.0.0.1", &head).await.unwrap();
        stream.write_all(&vec![b'x'; length]).await.unwrap();
        let answer = rest(&mut stream, PATIENCE).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
}

/// Runs `entrada` with this limit of open files.
fn limited(place: &Workspace, limit: &str, arguments: &[&str]) -> Server {
    let entrada = place.entrada();
    let mut command = child::command("sh");
    let script = format!("ulimit {limit} && exec \"$0\" \"$@\"");
    command.args(["-c", &script]).arg(entrada.get_program());
    command.args(entrada.get_args());
    command.env_clear().env("LANG", "C.UTF-8");
    if let Some(folder) = entrada.get_current_dir() {
        command.current_dir(folder);
    }
    for (name, value) in entrada.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    Server::start_command(command, arguments)
}

fn address(url: &serde_json::Value) -> SocketAddr {
    let url = url.as_str().unwrap().trim_start_matches("http://");
    url.trim_end_matches('/').parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_sent_heads_do_not_use_up_the_files_of_a_server() {
    let place = Workspace::new();
    place.add("acme");
    let server = limited(
        &place,
        "-n 320",
        &[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--admin-listen",
            "127.0.0.1:0",
        ],
    );
    for listener in ["listening", "admin"] {
        let to = address(&server.started[listener]);
        let mut open = Vec::new();
        for _ in 0..400 {
            let mut stream = TcpStream::connect(to).await.unwrap();
            let _ = stream.write_all(HALF.as_bytes()).await;
            open.push(stream);
        }
        for _ in 0..10 {
            let request = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
            assert_eq!(status(to, request).await, "HTTP/1.1 200");
        }
    }
    let (code, log) = tokio::task::spawn_blocking(move || server.stop())
        .await
        .unwrap();
    assert_eq!(code, Some(0), "{log}");
    assert!(!log.contains("Too many open files"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_soft_limit_of_files_is_no_limit() {
    let place = Workspace::new();
    let server = limited(&place, "-Sn 64", &["serve", "--listen", "127.0.0.1:0"]);
    let to = address(&server.started["listening"]);
    let mut open = Vec::new();
    for _ in 0..200 {
        let mut stream = TcpStream::connect(to).await.unwrap();
        stream
            .write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            .await
            .unwrap();
        let mut start = [0; 12];
        timeout(PATIENCE, stream.read_exact(&mut start))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(&start, b"HTTP/1.1 200");
        open.push(stream);
    }
    tokio::task::spawn_blocking(move || server.stop())
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_listener_of_ours_ends_half_a_head() {
    let place = Workspace::new();
    place.add("acme");
    let serve = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--admin-listen",
        "127.0.0.1:0",
    ];
    let serve = Server::start(&place, &serve);
    let demo = [
        "demo",
        "--listen",
        "127.0.0.1:0",
        "--idp-listen",
        "127.0.0.1:0",
    ];
    let demo = Server::start(&place, &demo);
    let idp = PracticeIdp::new()
        .listen(([127, 0, 0, 1], 0).into())
        .start()
        .await
        .unwrap();
    let listeners = [
        ("serve", address(&serve.started["listening"])),
        ("admin", address(&serve.started["admin"])),
        ("demo", address(&demo.started["app"])),
        ("portal", address(&demo.started["portal"])),
        ("practice", idp.address()),
    ];
    let mut waiting = Vec::new();
    for (name, address) in listeners {
        waiting.push(tokio::spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(b"GET / HTTP/1.1\r\nHost: ").await.unwrap();
            let ended = rest(&mut stream, Duration::from_secs(30)).await;
            assert!(ended.is_some(), "{name}");
        }));
    }
    for ended in waiting {
        ended.await.unwrap();
    }
    idp.shutdown().await;
    tokio::task::spawn_blocking(move || (serve.stop(), demo.stop()))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_server_that_nobody_awaits_holds_nobody() {
    let app = Router::new().route("/", get(|| async { "ok" }));
    let listening = Listening::start(app, ServeLimits::connections(0)).await;
    let mut idle = listening
        .send("127.0.0.1", "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    let mut start = [0; 12];
    idle.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 200");
    listening.server.abort();
    assert!(rest(&mut idle, Duration::from_secs(5)).await.is_some());
}
