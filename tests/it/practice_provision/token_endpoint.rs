//! A token endpoint that writes down what it is asked, and answers what it was told to.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;

use axum::Router;
use axum::extract::Form;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use axum::routing::post;
use serde_json::Value;
use serde_json::json;

/// A request for a token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct TokenRequest {
    pub(super) authorization: Option<String>,
    /// The names and values of the form, in their order.
    pub(super) form: Vec<(String, String)>,
}

impl TokenRequest {
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.form.iter();
        let (_, value) = fields.find(|(found, _)| found == name)?;
        Some(value)
    }
}

#[derive(Default)]
struct Stage {
    answers: VecDeque<(u16, String)>,
    requests: Vec<TokenRequest>,
}

/// The endpoint.
pub(super) struct TokenEndpoint {
    url: String,
    stage: Arc<Mutex<Stage>>,
}

impl TokenEndpoint {
    pub(super) async fn start() -> TokenEndpoint {
        let stage = Arc::new(Mutex::new(Stage::default()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/oauth/token", listener.local_addr().unwrap());
        let app = Router::new()
            .route("/oauth/token", post(answer))
            .with_state(stage.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        TokenEndpoint { url, stage }
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Sets the next answer.
    pub(super) fn answers(&self, status: u16, body: impl Into<String>) {
        let mut stage = self.stage.lock().unwrap();
        stage.answers.push_back((status, body.into()));
    }

    /// Lets the next answer be an access token.
    pub(super) fn issues(&self, token: &str, expires_in: Value) {
        let body = json!({
            "access_token": token, "token_type": "Bearer", "expires_in": expires_in, "scope": "scim",
        });
        self.answers(200, body.to_string());
    }

    /// The requests since the last look. All answers must have been fetched.
    #[track_caller]
    pub(super) fn requests(&self) -> Vec<TokenRequest> {
        let mut stage = self.stage.lock().unwrap();
        assert!(stage.answers.is_empty(), "not fetched: {:?}", stage.answers);
        std::mem::take(&mut stage.requests)
    }
}

async fn answer(
    State(stage): State<Arc<Mutex<Stage>>>,
    headers: HeaderMap,
    Form(form): Form<Vec<(String, String)>>,
) -> Response {
    let mut stage = stage.lock().unwrap();
    let authorization = headers.get(header::AUTHORIZATION);
    stage.requests.push(TokenRequest {
        authorization: authorization.map(|value| value.to_str().unwrap().to_owned()),
        form,
    });
    let Some((status, body)) = stage.answers.pop_front() else {
        return StatusCode::IM_A_TEAPOT.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::LOCATION, "/elsewhere"),
        (header::RETRY_AFTER, "0"),
    ];
    (StatusCode::from_u16(status).unwrap(), headers, body).into_response()
}
