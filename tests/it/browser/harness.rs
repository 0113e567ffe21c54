//! The programs behind a test in a browser: the demo, chromedriver and Chromium. All of them end with the test.

use std::fs;
use std::fs::File;
use std::fs::Permissions;
use std::io::BufRead;
use std::io::BufReader;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use thirtyfour::ChromiumLikeCapabilities;
use thirtyfour::DesiredCapabilities;
use thirtyfour::WebDriver;
use thirtyfour::prelude::WebDriverResult;

use crate::child;
use crate::child::Child;
use crate::child::SETPRIV;

/// `entrada demo` on ports that the system chooses.
pub(super) struct Demo {
    pub(super) app: String,
    pub(super) portal: String,
    process: Child,
    folder: TempDir,
}

impl Demo {
    /// Starts it, and reads from what it prints where to click.
    pub(super) async fn start() -> Demo {
        Demo::start_with(&[]).await
    }

    /// The same with more options.
    pub(super) async fn start_with(options: &[&str]) -> Demo {
        let folder = tempfile::tempdir().unwrap();
        let log = File::create(folder.path().join(LOG)).unwrap();
        let mut command = child::command(env!("CARGO_BIN_EXE_entrada"));
        command
            .args([
                "demo",
                "--listen",
                "127.0.0.1:0",
                "--idp-listen",
                "127.0.0.1:0",
            ])
            .args(options)
            .env("RUST_LOG", "debug")
            .current_dir(folder.path())
            .stderr(log);
        let (process, addresses) = start(command, 2, |line| {
            let at = line.find("http://127.0.0.1:")?;
            Some(line[at..].trim().to_owned())
        })
        .await;
        let [app, portal] = addresses.try_into().unwrap();
        Demo {
            app,
            portal,
            process,
            folder,
        }
    }

    /// Ends it as Ctrl-C does, and returns its log.
    pub(super) fn end(mut self) -> String {
        let interrupted = Command::new("kill")
            .args(["-INT", &self.process.id().to_string()])
            .status();
        assert!(interrupted.unwrap().success());
        let log = fs::read_to_string(self.folder.path().join(LOG)).unwrap();
        assert!(self.process.wait().unwrap().success(), "{log}");
        log
    }
}

/// Runs a story in a fresh browser, and ends the browser whatever becomes of the story.
pub(super) async fn browse<F>(story: impl FnOnce(WebDriver) -> F)
where
    F: Future<Output = WebDriverResult<()>> + Send + 'static,
{
    browse_in("en", story).await;
}

/// The same in a browser that asks for pages in these languages.
pub(super) async fn browse_in<F>(languages: &str, story: impl FnOnce(WebDriver) -> F)
where
    F: Future<Output = WebDriverResult<()>> + Send + 'static,
{
    let profile = tempfile::tempdir().unwrap();
    let (_chromedriver, address) = chromedriver().await;
    let browser = WebDriver::new(address, capabilities(profile.path(), languages).unwrap())
        .await
        .unwrap();
    let told = tokio::spawn(tokio::time::timeout(STORY_TIMEOUT, story(browser.clone()))).await;
    let quit = browser.quit().await;
    match told {
        Ok(result) => result.expect("the story takes too long").unwrap(),
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
    quit.unwrap();
}

/// Chromedriver, and where it listens. On a busy machine it ends at once now and then, with port 0 (seen with 156): then it
/// is started again.
async fn chromedriver() -> (Child, String) {
    for _ in 0..ATTEMPTS {
        let mut command = child::command("chromedriver");
        command.arg("--port=0").stderr(Stdio::null());
        let (process, ports) = started(command, 1, |line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            Some(port.trim().trim_end_matches('.').to_owned())
        })
        .await;
        if let [port] = &ports[..] {
            return (process, format!("http://127.0.0.1:{port}"));
        }
    }
    panic!("chromedriver ended early {ATTEMPTS} times");
}

fn capabilities(
    profile: &Path,
    languages: &str,
) -> WebDriverResult<impl Into<thirtyfour::Capabilities>> {
    let mut capabilities = DesiredCapabilities::chrome();
    capabilities.set_binary(&chromium(profile))?;
    for argument in ARGUMENTS {
        capabilities.add_arg(argument)?;
    }
    capabilities.add_arg(&format!("--accept-lang={languages}"))?;
    capabilities.add_arg(&format!("--user-data-dir={}", profile.display()))?;
    Ok(capabilities)
}

/// A script that runs Chromium so that it ends with chromedriver, which has no time to end it when it is killed.
fn chromium(folder: &Path) -> String {
    let binary = BINARIES.iter().find(|binary| Path::new(binary).exists());
    let binary = binary.expect("Chromium is missing: run `.ci/setup test`");
    let script = folder.join("chromium");
    let text = format!("#!/bin/sh\nexec {SETPRIV} --pdeathsig KILL -- {binary} \"$@\"\n");
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, Permissions::from_mode(0o700)).unwrap();
    script.to_str().unwrap().to_owned()
}

/// Starts a program, and reads its output until `wanted` has found something in so many lines.
async fn start(
    command: Command,
    count: usize,
    wanted: impl Fn(&str) -> Option<String> + Send + 'static,
) -> (Child, Vec<String>) {
    let name = format!("{command:?}");
    let (process, found) = started(command, count, wanted).await;
    assert_eq!(found.len(), count, "{name} ended early");
    (process, found)
}

/// The same, where it may end before: then less is found.
async fn started(
    mut command: Command,
    count: usize,
    wanted: impl Fn(&str) -> Option<String> + Send + 'static,
) -> (Child, Vec<String>) {
    let mut process = Child::start(command.stdin(Stdio::null()).stdout(Stdio::piped()));
    let mut output = BufReader::new(process.stdout.take().unwrap());
    let reading = tokio::task::spawn_blocking(move || {
        let mut found = Vec::new();
        let mut line = String::new();
        while found.len() < count && output.read_line(&mut line).unwrap() > 0 {
            found.extend(wanted(&line));
            line.clear();
        }
        // The program may go on writing, to nobody.
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        found
    });
    let found = tokio::time::timeout(START_TIMEOUT, reading).await;
    let found = found.expect("it takes too long to start").unwrap();
    (process, found)
}

const LOG: &str = "log";

/// The number of times that chromedriver is started.
const ATTEMPTS: usize = 5;

/// The paths at which Debian and Ubuntu have the browser.
const BINARIES: [&str; 2] = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];

/// Headless, in a container as well, and without talking to anybody but the demo.
const ARGUMENTS: [&str; 11] = [
    "--headless=new",
    "--hide-scrollbars",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
];

/// Far more than they need, even on a machine that compiles at the same time.
const START_TIMEOUT: Duration = Duration::from_secs(60);
const STORY_TIMEOUT: Duration = Duration::from_secs(120);
