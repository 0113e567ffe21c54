//! HTTP/2 over TLS of our own: a client that can speaks it, and none gains by many requests over one connection.

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::Uri;
use axum::response::IntoResponse;
use h2::RecvStream;
use h2::client::ResponseFuture;
use h2::client::SendRequest;
use hyper::Request;
use hyper::Version;
use openssl::ssl::SslRef;

use super::*;

const URL: &str = "https://app.example.com/";

fn speaks(builder: &mut SslConnectorBuilder) {
    builder.set_alpn_protos(b"\x02h2\x08http/1.1").unwrap();
}

fn chosen(ssl: &SslRef) -> Option<&[u8]> {
    ssl.selected_alpn_protocol()
}

/// A connection of HTTP/2.
struct Client {
    requests: SendRequest<Bytes>,
    /// Ends with the connection.
    connection: JoinHandle<Result<(), h2::Error>>,
    pings: h2::PingPong,
}

impl Client {
    async fn of(listening: &Listening) -> Client {
        Client::with_window(listening, 65_535).await
    }

    /// One that has room for so many bytes of an answer before it reads them.
    async fn with_window(listening: &Listening, bytes: u32) -> Client {
        let stream = connect(listening.address, speaks).await.unwrap();
        assert_eq!(chosen(stream.ssl()), Some(&b"h2"[..]));
        let mut builder = h2::client::Builder::new();
        let shaken = builder.initial_window_size(bytes).handshake(stream);
        let (requests, mut connection) = shaken.await.unwrap();
        let pings = connection.ping_pong().unwrap();
        Client {
            requests,
            connection: tokio::spawn(connection),
            pings,
        }
    }

    async fn send(&mut self, request: Request<()>) -> (ResponseFuture, h2::SendStream<Bytes>) {
        let mut ready = self.requests.clone().ready().await.unwrap();
        let end = request.method() == "GET";
        ready.send_request(request, end).unwrap()
    }

    async fn get(&mut self, path: &str) -> ResponseFuture {
        let url = format!("{URL}{path}");
        self.send(Request::get(url).body(()).unwrap()).await.0
    }

    /// Waits until the server has ended the connection.
    async fn ended(self) -> Result<(), h2::Error> {
        let ended = timeout(PATIENCE, self.connection).await;
        ended.expect("the server ends it").unwrap()
    }
}

async fn whole(mut body: RecvStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Some(data) = timeout(PATIENCE, body.data()).await.unwrap() {
        let data = data.unwrap();
        body.flow_control().release_capacity(data.len()).unwrap();
        bytes.extend_from_slice(&data);
    }
    bytes
}

async fn text(answer: ResponseFuture) -> String {
    let answer = timeout(PATIENCE, answer).await.unwrap().unwrap();
    String::from_utf8(whole(answer.into_body()).await).unwrap()
}

async fn slow() -> &'static str {
    tokio::time::sleep(Duration::from_secs(3)).await;
    "slow"
}

async fn large() -> Vec<u8> {
    vec![b'x'; 8 * 1024 * 1024]
}

/// Tells how a request looks to an app.
async fn seen(uri: Uri, headers: HeaderMap) -> impl IntoResponse {
    let all = |name: &str| {
        let values = headers.get_all(name).iter();
        let values = values.map(|value| value.to_str().unwrap());
        values.collect::<Vec<_>>().join(" | ")
    };
    format!("{uri} {} {}", all("host"), all("cookie"))
}

fn app() -> Router {
    super::app()
        .route("/slow", get(slow))
        .route("/large", get(large))
        .route("/seen", get(seen))
        .route(
            "/post",
            post(|body: Bytes| async move { body.len().to_string() }),
        )
}

#[tokio::test]
async fn http_2_is_chosen_where_the_client_can() {
    let listening = Listening::start(app(), ServeLimits::connections(10)).await;
    let mut client = Client::of(&listening).await;
    let answer = timeout(PATIENCE, client.get("").await).await.unwrap();
    let answer = answer.unwrap();
    assert_eq!(answer.version(), Version::HTTP_2);
    let hsts = &answer.headers()["strict-transport-security"];
    assert_eq!(hsts, "max-age=31536000");
    assert_eq!(whole(answer.into_body()).await, b"ok");
    for offered in [None, Some(&b"\x08http/1.1"[..])] {
        let stream = connect(listening.address, |builder| {
            if let Some(offered) = offered {
                builder.set_alpn_protos(offered).unwrap();
            }
        });
        let mut stream = stream.await.unwrap();
        assert_eq!(chosen(stream.ssl()), offered.map(|name| &name[1..]));
        ask(&mut stream, HOST).await;
    }
}

#[tokio::test]
async fn an_app_sees_a_request_as_it_knows_it_from_http_1() {
    let listening = Listening::start(app(), ServeLimits::connections(10)).await;
    let mut client = Client::of(&listening).await;
    let request = Request::get(format!("{URL}seen?a=b"))
        .header("cookie", "first=1")
        .header("cookie", "second=2");
    let (answer, _) = client.send(request.body(()).unwrap()).await;
    assert_eq!(
        text(answer).await,
        "/seen?a=b app.example.com first=1; second=2"
    );
}

#[tokio::test]
async fn many_requests_at_once_are_answered_whole_and_work_is_waited_for() {
    let listening = Listening::start(app(), short()).await;
    let mut client = Client::of(&listening).await;
    // With the first answer the client knows how many requests it may have at once, and waits before it has more.
    text(client.get("").await).await;
    let slow = client.get("slow").await;
    let large = client.get("large").await;
    let mut small = Vec::new();
    for _ in 0..200 {
        small.push(tokio::spawn(text(client.get("").await)));
    }
    let large = timeout(PATIENCE, large).await.unwrap().unwrap();
    let length = 8 * 1024 * 1024;
    assert_eq!(large.headers()["content-length"], length.to_string());
    assert_eq!(whole(large.into_body()).await.len(), length);
    for answer in small {
        assert_eq!(answer.await.unwrap(), "ok");
    }
    let (answer, mut body) = client
        .send(Request::post(format!("{URL}post")).body(()).unwrap())
        .await;
    body.send_data(Bytes::from(vec![b'x'; 1_000_000]), true)
        .unwrap();
    assert_eq!(text(answer).await, "1000000");
    assert_eq!(text(slow).await, "slow");
}

#[tokio::test]
async fn a_head_has_at_most_64_kibibytes_in_http_2_too() {
    let listening = Listening::start(app(), ServeLimits::connections(10)).await;
    for (length, expected) in [(60_000, 200), (70_000, 431)] {
        let mut client = Client::of(&listening).await;
        let request = Request::get(URL).header("cookie", "a".repeat(length));
        let (answer, _) = client.send(request.body(()).unwrap()).await;
        let answer = timeout(PATIENCE, answer).await.unwrap().unwrap();
        assert_eq!(answer.status().as_u16(), expected, "{length}");
    }
}

#[tokio::test]
async fn a_head_has_at_most_100_fields_in_http_2_too() {
    let listening = Listening::start(app(), ServeLimits::connections(10)).await;
    for (fields, expected) in [(90, 200), (110, 431)] {
        let mut client = Client::of(&listening).await;
        let request = (0..fields).fold(Request::get(URL), |request, field| {
            request.header(format!("x-{field}"), "1")
        });
        let (answer, _) = client.send(request.body(()).unwrap()).await;
        let answer = timeout(PATIENCE, answer).await.unwrap().unwrap();
        assert_eq!(answer.status().as_u16(), expected, "{fields}");
    }
}

#[tokio::test]
async fn a_client_that_resets_streams_is_cut() {
    let listening = Listening::start(app(), ServeLimits::connections(10)).await;
    let client = Client::of(&listening).await;
    let mut resets = 0;
    while let Ok(mut ready) = client.requests.clone().ready().await {
        let request = Request::get(format!("{URL}slow")).body(()).unwrap();
        let Ok((_, mut stream)) = ready.send_request(request, false) else {
            break;
        };
        // The head is on its way before it is taken back.
        tokio::time::sleep(Duration::from_millis(1)).await;
        stream.send_reset(h2::Reason::CANCEL);
        resets += 1;
        assert!(resets < 2000, "nobody stops it");
    }
    assert!(resets >= 20, "{resets}: pages that are left end some");
    let _ = client.ended().await;
}

#[tokio::test]
async fn pings_alone_keep_no_connection() {
    let listening = Listening::start(app(), short()).await;
    for has_asked in [false, true] {
        let mut client = Client::of(&listening).await;
        if has_asked {
            text(client.get("").await).await;
        }
        let pinging = async {
            while client.pings.ping(h2::Ping::opaque()).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, pinging).await.expect("it is cut");
    }
}

#[tokio::test]
async fn each_kind_of_slowness_has_its_limit_in_http_2() {
    let listening = Listening::start(app(), short()).await;
    // A body that does not come, or comes in empty frames; other requests go on meanwhile.
    for trickles in [false, true] {
        let mut client = Client::of(&listening).await;
        let post = Request::post(format!("{URL}post")).body(()).unwrap();
        let (_answer, mut body) = client.send(post).await;
        let trickle = tokio::spawn(async move {
            while trickles && body.send_data(Bytes::new(), false).is_ok() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            // Not dropped before the end: that would take the request back.
            std::future::pending::<()>().await;
            drop(body);
        });
        while let Ok(ready) = client.requests.clone().ready().await {
            let mut ready = ready;
            let Ok((answer, _)) = ready.send_request(Request::get(URL).body(()).unwrap(), true)
            else {
                break;
            };
            let _ = timeout(PATIENCE, answer).await.unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let _ = client.ended().await;
        trickle.abort();
    }
    // An answer for which the client makes no room, be it of two bytes; heads of others are answered meanwhile.
    for (window, path) in [(65_535, "large"), (1, "")] {
        let mut client = Client::with_window(&listening, window).await;
        let answer = client.get(path).await;
        let answer = timeout(PATIENCE, answer).await.unwrap().unwrap();
        let body = answer.into_body();
        while let Ok(mut ready) = client.requests.clone().ready().await {
            let head = Request::head(URL).body(()).unwrap();
            let Ok((answer, _)) = ready.send_request(head, true) else {
                break;
            };
            let _ = timeout(PATIENCE, answer).await.unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let _ = client.ended().await;
        drop(body);
    }
}

#[tokio::test]
async fn requests_at_once_count_like_connections() {
    // Six of one address, this connection included.
    let listening = Listening::start(app(), ServeLimits::connections(8)).await;
    let mut client = Client::of(&listening).await;
    text(client.get("").await).await;
    let mut at_work = Vec::new();
    for _ in 0..5 {
        at_work.push(client.get("slow").await);
    }
    let refused = timeout(PATIENCE, client.get("").await).await.unwrap();
    let refused = refused.unwrap();
    assert_eq!(refused.status().as_u16(), 503);
    assert_eq!(refused.headers()["retry-after"], "1");
    for answer in at_work {
        assert_eq!(text(answer).await, "slow");
    }
    assert_eq!(text(client.get("").await).await, "ok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_requests_that_stall_keep_nobody_waiting() {
    let listening = Listening::start(app(), ServeLimits::connections(20)).await;
    let mut stalled = Vec::new();
    for number in 0..60 {
        let Ok(stream) = connect(listening.address, speaks).await else {
            continue;
        };
        let Ok((mut requests, connection)) = h2::client::handshake(stream).await else {
            continue;
        };
        let connection = tokio::spawn(connection);
        for _ in 0..number % 4 * 10 {
            let post = Request::post(format!("{URL}post")).body(()).unwrap();
            stalled.push((requests.send_request(post, false).ok(), None));
            tokio::task::yield_now().await;
        }
        stalled.push((None, Some((requests, connection))));
    }
    for _ in 0..20 {
        let answer = async { text(Client::of(&listening).await.get("").await).await };
        assert_eq!(timeout(PATIENCE, answer).await.unwrap(), "ok");
    }
}

#[tokio::test]
async fn a_stop_ends_http_2_by_goaway() {
    let mut listening = Listening::start(app(), ServeLimits::connections(10)).await;
    let mut client = Client::of(&listening).await;
    let mut idle = Client::of(&listening).await;
    text(idle.get("").await).await;
    let answer = client.get("slow").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    listening.stop.take().unwrap().send(()).unwrap();
    assert_eq!(text(answer).await, "slow");
    for client in [client, idle] {
        let ended = client.ended().await;
        assert!(ended.is_ok(), "{ended:?}");
    }
    let ended = timeout(PATIENCE, listening.server).await;
    ended.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn a_stop_is_not_held_up_by_who_asks_on_and_on() {
    let mut listening = Listening::start(app(), ServeLimits::connections(10)).await;
    let mut stream = connect(listening.address, speaks).await.unwrap();
    let frame = |kind: u8, flags: u8, stream: u32, payload: &[u8]| {
        let length = &u32::try_from(payload.len()).unwrap().to_be_bytes()[1..];
        [length, &[kind, flags], &stream.to_be_bytes(), payload].concat()
    };
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        .await
        .unwrap();
    stream.write_all(&frame(SETTINGS, 0, 0, b"")).await.unwrap();
    listening.stop.take().unwrap().send(()).unwrap();
    // GET / over https of one letter's host. What the server says, GOAWAY and PING, is neither read nor answered.
    let head = b"\x82\x84\x87\x41\x01a";
    let asking = async {
        for number in 0.. {
            let get = frame(HEADERS, END_OF_ALL, 2 * number + 1, head);
            if stream.write_all(&get).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(PATIENCE, asking).await.expect("it is cut");
    let ended = timeout(PATIENCE, listening.server).await;
    ended.unwrap().unwrap().unwrap();
}

const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
/// END_STREAM and END_HEADERS.
const END_OF_ALL: u8 = 5;
