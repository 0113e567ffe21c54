//! TLS of a server's own: what a browser sees of it, what an operator does with certificates, and clients that mean ill.

mod http2;
mod operators;

use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use axum::routing::post;
use entrada::crypto::Certificate;
use entrada::crypto::SigningKey;
use entrada::web;
use entrada::web::ServeLimits;
use entrada::web::Tls;
use jiff::SignedDuration;
use jiff::Timestamp;
use openssl::ssl::SslConnector;
use openssl::ssl::SslConnectorBuilder;
use openssl::ssl::SslMethod;
use openssl::ssl::SslVerifyMode;
use openssl::ssl::SslVersion;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_openssl::SslStream;

use crate::command_line::Workspace;

/// The time that a good client waits for its answer. Machines that test are busy.
const PATIENCE: Duration = Duration::from_secs(30);
const HOST: &str = "app.example.com";

/// The files of a certificate in a workspace, and their names.
struct Files {
    certificate: String,
    key: String,
    own: Certificate,
}

/// Writes a certificate that ends in so many hours, and its key.
fn files(place: &Workspace, name: &str, hours: i64) -> Files {
    let key = SigningKey::generate_p256().unwrap();
    let now = Timestamp::now();
    let end = now + SignedDuration::from_hours(hours);
    let start = end - SignedDuration::from_hours(24 * 90);
    let own = Certificate::self_signed(&key, HOST, 7, start, end).unwrap();
    Files {
        certificate: place.write(&format!("{name}.pem"), own.to_pem()),
        key: place.write(&format!("{name}.key"), key.to_pem()),
        own,
    }
}

/// Puts others in the place of these files.
fn replace(old: &Files, new: &Files) {
    std::fs::copy(&new.certificate, &old.certificate).unwrap();
    std::fs::copy(&new.key, &old.key).unwrap();
}

/// A server of this process that speaks TLS.
struct Listening {
    address: SocketAddr,
    tls: Tls,
    files: Files,
    place: Workspace,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<std::io::Result<()>>,
}

impl Listening {
    async fn start(app: Router, limits: ServeLimits) -> Listening {
        let place = Workspace::new();
        let files = files(&place, "first", 24 * 30);
        let tls = Tls::open(&files.certificate, &files.key).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = web::serve(listener, app)
            .limits(limits)
            .tls(tls.clone())
            .with_graceful_shutdown(async { drop(stopped.await) });
        Listening {
            address,
            tls,
            files,
            place,
            stop: Some(stop),
            server: tokio::spawn(serving.into_future()),
        }
    }

    async fn client(&self) -> SslStream<TcpStream> {
        connect(self.address, |_| {}).await.unwrap()
    }
}

/// Connects by TLS, without a look at who it is.
async fn connect(
    address: SocketAddr,
    settings: impl FnOnce(&mut SslConnectorBuilder),
) -> Result<SslStream<TcpStream>, openssl::ssl::Error> {
    let mut builder = SslConnector::builder(SslMethod::tls_client()).unwrap();
    builder.set_verify(SslVerifyMode::NONE);
    settings(&mut builder);
    let ssl = builder.build().configure().unwrap().into_ssl(HOST).unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    let mut stream = SslStream::new(ssl, stream).unwrap();
    Pin::new(&mut stream).connect().await?;
    Ok(stream)
}

fn shown(stream: &SslStream<TcpStream>) -> Certificate {
    let certificate = stream.ssl().peer_certificate().unwrap();
    Certificate::from_der(&certificate.to_der().unwrap()).unwrap()
}

/// Asks for a page, and reads the head and as much of the body as comes with `Content-Length`.
async fn ask(stream: &mut SslStream<TcpStream>, host: &str) -> String {
    let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\nok") {
        let byte = timeout(PATIENCE, stream.read_u8()).await.unwrap();
        answer.push(byte.unwrap());
    }
    String::from_utf8(answer).unwrap()
}

fn app() -> Router {
    Router::new()
        .route("/", get(|| async { "ok" }))
        .route("/refused", post(|| async { "no" }))
}

/// Limits of a second.
fn short() -> ServeLimits {
    let second = Duration::from_secs(1);
    ServeLimits {
        head: second,
        idle: second,
        stall: second,
        ..ServeLimits::connections(100)
    }
}

/// Everything until the end, which must come.
async fn rest(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut bytes)).await;
    // A connection that was cut may end with a reset.
    let _ = read.expect("the end comes in time");
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn hsts_is_sent_over_tls_alone() {
    let listening = Listening::start(app(), ServeLimits::connections(10)).await;
    let mut client = listening.client().await;
    let answer = ask(&mut client, HOST).await;
    let header = "strict-transport-security: max-age=31536000\r\n";
    assert!(answer.contains(header), "{answer}");
    // All servers of a machine are called localhost.
    for host in ["localhost:8443", "demo.localhost"] {
        let answer = ask(&mut client, host).await;
        assert!(!answer.contains("strict-transport"), "{answer}");
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(web::serve(listener, app()).into_future());
    let mut plain = TcpStream::connect(address).await.unwrap();
    let request = format!("GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n");
    plain.write_all(request.as_bytes()).await.unwrap();
    let answer = rest(&mut plain).await;
    assert!(answer.ends_with("ok") && !answer.contains("strict-transport"));
}

#[tokio::test]
async fn old_versions_and_foreign_protocols_are_refused() {
    let listening = Listening::start(app(), ServeLimits::connections(10)).await;
    for (version, is_spoken) in [
        (SslVersion::TLS1, false),
        (SslVersion::TLS1_1, false),
        (SslVersion::TLS1_2, true),
        (SslVersion::TLS1_3, true),
    ] {
        let spoken = connect(listening.address, |builder| {
            builder.set_cipher_list("ALL:@SECLEVEL=0").unwrap();
            builder.set_min_proto_version(Some(version)).unwrap();
            builder.set_max_proto_version(Some(version)).unwrap();
        });
        assert_eq!(spoken.await.is_ok(), is_spoken, "{version:?}");
    }
    let ftp = connect(listening.address, |builder| {
        builder.set_alpn_protos(b"\x03ftp").unwrap();
    });
    assert!(ftp.await.is_err());
}

#[tokio::test]
async fn a_key_that_does_not_fit_leaves_the_old_pair() {
    let listening = Listening::start(app(), ServeLimits::connections(10)).await;
    let Files { key, own, .. } = &listening.files;
    let second = files(&listening.place, "second", 24 * 60);
    let expired = files(&listening.place, "expired", -1);
    // Of two files, one is written first.
    std::fs::copy(&second.key, key).unwrap();
    listening.tls.reload();
    assert_eq!(shown(&listening.client().await), *own);
    std::fs::remove_file(key).unwrap();
    listening.tls.reload();
    assert_eq!(shown(&listening.client().await), *own);
    replace(&listening.files, &expired);
    listening.tls.reload();
    assert_eq!(shown(&listening.client().await), *own);
    assert_eq!(listening.tls.certificate_end(), own.not_after());
    replace(&listening.files, &second);
    listening.tls.reload();
    assert_eq!(shown(&listening.client().await), second.own);
    assert_eq!(listening.tls.certificate_end(), second.own.not_after());
}

/// Old connections live on.
#[tokio::test]
async fn a_new_certificate_is_taken_up_by_itself() {
    let listening = Listening::start(app(), ServeLimits::connections(10)).await;
    let mut before = listening.client().await;
    ask(&mut before, HOST).await;
    let second = files(&listening.place, "second", 24 * 60);
    replace(&listening.files, &second);
    let taken_up = async {
        while shown(&listening.client().await) != second.own {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(PATIENCE, taken_up).await.unwrap();
    ask(&mut before, HOST).await;
}

/// The certificate of the key may stand behind those of its issuers.
#[tokio::test]
async fn the_order_of_a_chain_does_not_matter() {
    let listening = Listening::start(app(), ServeLimits::connections(10)).await;
    let issuer = files(&listening.place, "issuer", 24);
    let Files {
        certificate, own, ..
    } = &listening.files;
    std::fs::write(certificate, [issuer.own.to_pem(), own.to_pem()].concat()).unwrap();
    listening.tls.reload();
    let client = listening.client().await;
    assert_eq!(shown(&client), *own);
    let chain = client.ssl().peer_cert_chain().unwrap();
    assert_eq!(chain.len(), 2);
}

#[tokio::test]
async fn a_handshake_that_stalls_is_cut_and_so_is_one_that_is_no_tls() {
    let listening = Listening::start(app(), short()).await;
    for begun in [
        &b""[..],
        // The first bytes of a record of 512.
        b"\x16\x03\x01\x02\x00\x01",
        b"GET / HTTP/1.1\r\nHost: app.example.com\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
    ] {
        let mut stream = TcpStream::connect(listening.address).await.unwrap();
        stream.write_all(begun).await.unwrap();
        let answer = rest(&mut stream).await;
        assert!(!answer.contains("HTTP/1.1"), "{begun:?}: {answer}");
    }
    // One byte at a time is no way to stay.
    let mut stream = TcpStream::connect(listening.address).await.unwrap();
    stream.write_all(b"\x16\x03\x01\x40\x00\x01").await.unwrap();
    let trickle = async {
        while stream.write_all(b"a").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, trickle).await.expect("it is cut");
    // Behind the handshake all is as without it.
    let mut client = listening.client().await;
    client.write_all(b"GET / HTTP/1.1\r\nHost: ").await.unwrap();
    rest(&mut client).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundreds_of_stalled_handshakes_keep_nobody_waiting() {
    let listening = Listening::start(app(), ServeLimits::connections(60)).await;
    let mut stalled = Vec::new();
    for number in 0..180 {
        let mut stream = TcpStream::connect(listening.address).await.unwrap();
        if number % 2 == 0 {
            let _ = stream.write_all(b"\x16\x03\x01\x02\x00\x01").await;
        }
        stalled.push(stream);
    }
    for _ in 0..20 {
        let answer = async { ask(&mut listening.client().await, HOST).await };
        let answer = timeout(PATIENCE, answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
}

#[tokio::test]
async fn an_answer_arrives_over_tls_although_the_body_was_not_wanted() {
    let listening = Listening::start(app(), ServeLimits::connections(100)).await;
    let length = 4 * 1024 * 1024;
    for _ in 0..10 {
        let mut client = listening.client().await;
        let head = format!("POST /refused HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n");
        client.write_all(head.as_bytes()).await.unwrap();
        client.write_all(&vec![b'x'; length]).await.unwrap();
        let answer = rest(&mut client).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
}

#[tokio::test]
async fn a_server_that_stops_ends_handshakes_and_answers_what_has_arrived() {
    let slow = get(|| async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        "ok"
    });
    let app = Router::new().route("/", slow);
    let mut listening = Listening::start(app, ServeLimits::connections(10)).await;
    let _stalled = TcpStream::connect(listening.address).await.unwrap();
    let mut client = listening.client().await;
    let request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    client.write_all(request).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    listening.stop.take().unwrap().send(()).unwrap();
    let answer = rest(&mut client).await;
    assert!(answer.ends_with("ok"), "{answer}");
    let ended = timeout(PATIENCE, listening.server).await;
    ended.unwrap().unwrap().unwrap();
}
