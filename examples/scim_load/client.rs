//! A client that costs next to nothing: requests are bytes made beforehand, answers are read by their length.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use serde_json::Value;
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::Outcome;

/// The address that requests go to, and the token that they carry.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    /// The path before `/Users`.
    pub(crate) path: String,
    pub(crate) token: String,
}

/// A user as Entra creates one.
pub(crate) fn user(number: usize) -> Value {
    json!({
        "schemas": [
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        ],
        "userName": format!("person-{number}@example.com"),
        "externalId": format!("external-{number}"),
        "active": true,
        "displayName": format!("Person {number}"),
        "title": "Engineer",
        "preferredLanguage": "en-GB",
        "name": {"givenName": "Person", "familyName": number.to_string(), "formatted": format!("Person {number}")},
        "emails": [{"type": "work", "primary": true, "value": format!("person-{number}@example.com")}],
        "phoneNumbers": [{"type": "work", "value": format!("+49 30 {number:07}")}],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "department": "Research", "employeeNumber": number.to_string(),
        },
    })
}

impl Target {
    pub(crate) fn create(&self, number: usize) -> Vec<u8> {
        self.request("POST", "/Users", &user(number).to_string())
    }

    pub(crate) fn request(&self, method: &str, path: &str, body: &str) -> Vec<u8> {
        let head = format!(
            "{method} {}{path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: application/scim+json\r\nContent-Length: {}\r\n\r\n",
            self.path,
            self.address,
            self.token,
            body.len()
        );
        (head + body).into_bytes()
    }
}

type Queue = Arc<Mutex<VecDeque<Vec<u8>>>>;

/// Sends all requests as fast as they are answered, all with the one status; says the bodies, in no order.
pub(crate) async fn flood(
    target: &Target,
    requests: Vec<Vec<u8>>,
    connections: usize,
    status: u16,
) -> Outcome<Vec<Vec<u8>>> {
    let queue: Queue = Arc::new(Mutex::new(requests.into()));
    let mut clients = JoinSet::new();
    for _ in 0..connections {
        clients.spawn(client(target.address, queue.clone(), status));
    }
    let mut bodies = Vec::new();
    while let Some(client) = clients.join_next().await {
        bodies.extend(client??);
    }
    Ok(bodies)
}

async fn client(address: SocketAddr, queue: Queue, status: u16) -> io::Result<Vec<Vec<u8>>> {
    let mut connection = Connection::new(address);
    let mut bodies = Vec::new();
    loop {
        let next = queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front();
        let Some(request) = next else {
            return Ok(bodies);
        };
        bodies.push(connection.ask(&request, status).await?);
    }
}

/// A connection, made again where the server closes it behind an answer.
pub(crate) struct Connection {
    address: SocketAddr,
    stream: Option<TcpStream>,
}

impl Connection {
    pub(crate) fn new(address: SocketAddr) -> Connection {
        Connection {
            address,
            stream: None,
        }
    }

    /// Sends one request and returns the answer; any other status is an error.
    pub(crate) async fn ask(&mut self, request: &[u8], status: u16) -> io::Result<Vec<u8>> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => TcpStream::connect(self.address).await?,
        };
        stream.set_nodelay(true)?;
        stream.write_all(request).await?;
        let mut answer = Vec::with_capacity(2048);
        let (head, length) = loop {
            if let Some(end) = answer.windows(4).position(|end| end == b"\r\n\r\n") {
                break read_head(&answer[..end], end + 4);
            }
            more(&mut stream, &mut answer).await?;
        };
        while answer.len() < length.unwrap_or(usize::MAX) {
            match (more(&mut stream, &mut answer).await, length) {
                (Err(_), None) => break,
                (read, _) => read?,
            }
        }
        let is_kept = head.starts_with("http/1.1") && !head.contains("connection: close");
        if is_kept && length.is_some() {
            self.stream = Some(stream);
        }
        match head.split(' ').nth(1) == Some(&status.to_string()) {
            true => Ok(answer.split_off(head.len() + 4)),
            false => Err(io::Error::other(
                String::from_utf8_lossy(&answer).into_owned(),
            )),
        }
    }
}

async fn more(stream: &mut TcpStream, answer: &mut Vec<u8>) -> io::Result<()> {
    match stream.read_buf(answer).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}

/// The head in lower case, and the bytes of head and body; `None` if only the end of the connection ends the body.
fn read_head(head: &[u8], bytes: usize) -> (String, Option<usize>) {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let field = |name: &str| {
        head.lines()
            .find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
    };
    let length: Option<usize> = field("content-length:").or(head.contains(" 204").then_some(0));
    let length = length.map(|length| bytes + length);
    (head, length)
}
