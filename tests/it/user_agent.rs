//! A person at a browser, as far as SAML needs one: keeps cookies, follows redirects, fills in HTML forms and
//! sends them. Runs no scripts, so a page that posts itself is posted by the test. Panics where a person would
//! be stuck, and shows the page.

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::BytesStart;
use quick_xml::events::Event;
use reqwest::StatusCode;
use reqwest::Url;

/// A browser with its own cookies.
pub(crate) struct UserAgent {
    client: reqwest::Client,
}

impl UserAgent {
    pub(crate) fn new() -> Self {
        Self::of(reqwest::Client::builder().no_proxy())
    }

    /// One that connects as this client does.
    pub(crate) fn of(client: reqwest::ClientBuilder) -> Self {
        let client = client.cookie_store(true).build().unwrap();
        Self { client }
    }

    /// Opens an address and follows its redirects.
    pub(crate) async fn open(&self, address: impl AsRef<str>) -> Page {
        let address = address.as_ref();
        let url = Url::parse(address).unwrap_or_else(|error| panic!("{address}: {error}"));
        self.send(self.client.get(url)).await
    }

    /// Sends a form as the browser would when its button is pressed, and follows the redirects.
    pub(crate) async fn submit(&self, form: &Form) -> Page {
        self.send(self.request(form)).await
    }

    fn request(&self, form: &Form) -> reqwest::RequestBuilder {
        match form.method {
            Method::Get => {
                let mut url = form.action.clone();
                url.query_pairs_mut().clear().extend_pairs(&form.fields);
                self.client.get(url)
            }
            Method::Post => self.client.post(form.action.clone()).form(&form.fields),
        }
    }

    /// The same, where nobody may be there to answer.
    pub(crate) async fn try_submit(&self, form: &Form) -> Option<Page> {
        match self.try_send(self.request(form)).await {
            Ok(page) => Some(page),
            Err(error) => {
                assert!(error.is_connect(), "{error:?}");
                None
            }
        }
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Page {
        let page = self.try_send(request).await;
        page.unwrap_or_else(|error| panic!("{error:?}"))
    }

    /// Goes where the answer says, be it by a redirect or by a page that goes on at once.
    async fn try_send(&self, mut request: reqwest::RequestBuilder) -> reqwest::Result<Page> {
        loop {
            let response = request.send().await?;
            let refresh = response.headers().get(reqwest::header::REFRESH);
            let Some(refresh) = refresh.map(|value| value.to_str().unwrap()) else {
                return Ok(page(response).await);
            };
            let url = refresh.strip_prefix("0; url=").unwrap();
            request = self.client.get(url);
        }
    }
}

async fn page(response: reqwest::Response) -> Page {
    Page {
        url: response.url().clone(),
        status: response.status(),
        html: response.text().await.unwrap(),
    }
}

/// The page that the browser shows after the last redirect.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) url: Url,
    pub(crate) status: StatusCode,
    pub(crate) html: String,
}

impl Page {
    /// The only form on the page.
    pub(crate) fn form(&self) -> Form {
        let mut forms = self.forms();
        assert_eq!(forms.len(), 1, "expected one form on {self:?}");
        forms.remove(0)
    }

    /// All forms, in the order of the page.
    pub(crate) fn forms(&self) -> Vec<Form> {
        let mut reader = Reader::from_str(&self.html);
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = true;

        let mut forms: Vec<Form> = Vec::new();
        loop {
            match reader.read_event().unwrap() {
                Event::Start(tag) | Event::Empty(tag) => match tag.name().as_ref() {
                    "form" => forms.push(self.empty_form(&tag)),
                    "input" => {
                        if let (Some(form), Some(field)) = (forms.last_mut(), field(&tag)) {
                            form.fields.push(field);
                        }
                    }
                    _ => {}
                },
                Event::Eof => return forms,
                _ => {}
            }
        }
    }

    fn empty_form(&self, tag: &BytesStart<'_>) -> Form {
        let action = attribute(tag, "action").unwrap_or_default();
        let method = attribute(tag, "method").unwrap_or_default();
        Form {
            action: self.url.join(&action).unwrap(),
            method: if method.eq_ignore_ascii_case("post") {
                Method::Post
            } else {
                Method::Get
            },
            fields: Vec::new(),
        }
    }
}

/// A form as found on a page, or as filled in by a test.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    pub(crate) action: Url,
    method: Method,
    fields: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy)]
enum Method {
    Get,
    Post,
}

impl Form {
    /// The value of a field, if the form has it.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let (_, value) = self.fields.iter().find(|(found, _)| found == name)?;
        Some(value)
    }

    /// Types `value` into the field `name`.
    pub(crate) fn fill(mut self, name: &str, value: &str) -> Self {
        let (_, old) = self
            .fields
            .iter_mut()
            .find(|(found, _)| found == name)
            .unwrap_or_else(|| panic!("the form has no field {name:?}"));
        *old = value.to_owned();
        self
    }

    /// Presses the button `name` of this value, which is then sent along.
    pub(crate) fn press(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// Name and value of an `<input>` that a browser would send without being clicked.
fn field(tag: &BytesStart<'_>) -> Option<(String, String)> {
    let kind = attribute(tag, "type").unwrap_or_default();
    let is_clicked = matches!(kind.as_str(), "submit" | "image" | "button" | "reset");
    let is_ticked =
        !matches!(kind.as_str(), "checkbox" | "radio") || attribute(tag, "checked").is_some();
    let name = attribute(tag, "name")?;
    let value = attribute(tag, "value").unwrap_or_default();
    (!is_clicked && is_ticked).then_some((name, value))
}

/// An attribute's value with its character references resolved.
fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = tag
        .html_attributes()
        .map(|attribute| attribute.unwrap())
        .find(|attribute| attribute.key.as_ref().eq_ignore_ascii_case(name))?;
    Some(unescape(&attribute.value).unwrap().into_owned())
}

#[test]
fn fields_are_read_as_a_browser_reads_them() {
    let page = Page {
        url: Url::parse("http://127.0.0.1/a/page?x=1").unwrap(),
        status: StatusCode::OK,
        html: r#"<!doctype html><html><body><!-- <form action="commented out"> --><br>
            <script>if (a < b && c) { d() }</script>
            <p>&copy; Fish & Chips</p>
            <form method=POST action="../next?a=1&amp;b=2">
                <input type="hidden" name="state" value="&quot;a&#039;&lt;b&gt;&amp;amp;">
                <input name=username autofocus>
                <input type="checkbox" name="remember" value="yes"/>
                <input type="submit" name="go" value="Go"/>
            </form></body></html>"#
            .to_owned(),
    };
    let form = page.form();
    assert_eq!(form.action.as_str(), "http://127.0.0.1/next?a=1&b=2");
    assert!(matches!(form.method, Method::Post));
    let fields = [("state", r#""a'<b>&amp;"#), ("username", "")];
    assert_eq!(
        form.fields,
        fields.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}
