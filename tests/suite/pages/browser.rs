//! A headless Chromium, driven over the protocol of its debugger, which it speaks through two pipes.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A browser with one page; it ends with this value.
pub(crate) struct Browser {
    child: Child,
    to: File,
    from: BufReader<File>,
    calls: u64,
    session: Option<String>,
    /// What happened since it was last looked at.
    events: Vec<Value>,
    _profile: TempDir,
}

/// How a page is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    pub(crate) width: u32,
    pub(crate) is_dark: bool,
    pub(crate) on_paper: bool,
}

impl Browser {
    pub(crate) fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        let (to, from) = (profile.path().join("to"), profile.path().join("from"));
        for pipe in [&to, &from] {
            mkfifo(pipe, Mode::S_IRWXU).unwrap();
        }
        let child = command(profile.path(), &to, &from).spawn().unwrap();
        // The shell opens them in this order, and each opening waits for the other side.
        let (to, from) = (File::options().write(true).open(to).unwrap(), File::open(from).unwrap());
        let from = BufReader::new(from);
        let mut browser =
            Self { child, to, from, calls: 0, session: None, events: Vec::new(), _profile: profile };
        let target = browser.call("Target.createTarget", &json!({"url": "about:blank"}));
        let target = json!({"targetId": target["targetId"], "flatten": true});
        let attached = browser.call("Target.attachToTarget", &target);
        browser.session = Some(attached["sessionId"].as_str().unwrap().to_owned());
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        browser
    }

    /// Opens a page and waits until all of it is there.
    pub(crate) fn open(&mut self, url: &str, view: View) {
        self.look(view);
        self.events.clear();
        let answer = self.call("Page.navigate", &json!({"url": url}));
        assert!(answer["errorText"].is_null(), "{url}: {answer}");
        self.wait_for("Page.loadEventFired");
    }

    /// Looks at the page that is open in another way.
    pub(crate) fn look(&mut self, view: View) {
        let size =
            json!({"width": view.width, "height": 900, "deviceScaleFactor": 1, "mobile": view.width < 500});
        self.call("Emulation.setDeviceMetricsOverride", &size);
        let scheme = if view.is_dark { "dark" } else { "light" };
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        let media = if view.on_paper { "print" } else { "screen" };
        self.call("Emulation.setEmulatedMedia", &json!({"media": media, "features": features}));
    }

    /// What an expression is in the page; of a promise, what comes of it.
    pub(crate) fn ask(&mut self, expression: &str) -> Value {
        let wanted = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let mut answer = self.call("Runtime.evaluate", &wanted);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].take()
    }

    /// Presses what is meant by a selector.
    pub(crate) fn click(&mut self, selector: &str) {
        self.ask(&format!("document.querySelector(`{selector}`).click()"));
    }

    /// Waits until something is so on the page that is open then: a page that is being left cannot be asked.
    pub(crate) fn wait_until(&mut self, expression: &str) {
        let wanted = json!({"expression": expression, "returnByValue": true});
        for _ in 0..1_500 {
            if self.send("Runtime.evaluate", &wanted)["result"]["result"]["value"] == true {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("waited in vain until {expression}");
    }

    /// What the page said in the console, what it threw, and what its policy refused.
    pub(crate) fn complaints(&self) -> Vec<&Value> {
        let complaining = ["Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"];
        self.events
            .iter()
            .filter(|event| complaining.contains(&event["method"].as_str().unwrap_or("")))
            .collect()
    }

    /// Every address that the page asked for.
    pub(crate) fn requests(&self) -> Vec<&str> {
        let sent = self.events.iter().filter(|event| event["method"] == "Network.requestWillBeSent");
        sent.filter_map(|event| event["params"]["request"]["url"].as_str()).collect()
    }

    /// A picture of the whole page.
    pub(crate) fn photograph(&mut self, file: &Path) {
        let answer = self.call("Page.captureScreenshot", &json!({"captureBeyondViewport": true}));
        let picture = base64::engine::general_purpose::STANDARD.decode(answer["data"].as_str().unwrap());
        fs_err::write(file, picture.unwrap()).unwrap();
    }

    /// How the page is printed.
    pub(crate) fn print(&mut self, file: &Path) {
        let answer = self.call("Page.printToPDF", &json!({"preferCSSPageSize": true}));
        let sheet = base64::engine::general_purpose::STANDARD.decode(answer["data"].as_str().unwrap());
        fs_err::write(file, sheet.unwrap()).unwrap();
    }

    fn wait_for(&mut self, method: &str) {
        while !self.events.iter().any(|event| event["method"] == method) {
            let event = self.read();
            self.events.push(event);
        }
    }

    fn call(&mut self, method: &str, params: &Value) -> Value {
        let mut message = self.send(method, params);
        assert!(message["error"].is_null(), "{method}: {message}");
        message["result"].take()
    }

    fn send(&mut self, method: &str, params: &Value) -> Value {
        self.calls += 1;
        let mut call = json!({"id": self.calls, "method": method, "params": params});
        if let Some(session) = &self.session {
            call["sessionId"] = json!(session);
        }
        self.to.write_all(format!("{call}\0").as_bytes()).unwrap();
        loop {
            let message = self.read();
            if message["id"] == self.calls {
                return message;
            }
            self.events.push(message);
        }
    }

    fn read(&mut self) -> Value {
        let mut message = Vec::new();
        self.from.read_until(0, &mut message).unwrap();
        assert_eq!(
            message.pop(),
            Some(0),
            "Chromium ended: install Debian's package chromium, or name the program in CONFITURE_TEST_CHROMIUM"
        );
        serde_json::from_slice(&message).unwrap()
    }
}

/// Chromium takes calls from its file 3 and answers into its file 4.
fn command(profile: &Path, to: &Path, from: &Path) -> Command {
    let chromium = std::env::var("CONFITURE_TEST_CHROMIUM").unwrap_or_else(|_| "chromium".to_owned());
    let mut command = Command::new("sh");
    command.args(["-c", r#"exec "$0" "$@" 3<"$TO" 4>"$FROM""#, &chromium]);
    command.args([
        "--headless=new",
        "--remote-debugging-pipe",
        "--no-first-run",
        "--disable-background-networking",
    ]);
    // The pages are ours; as root there is no sandbox, and in a container no shared memory to speak of.
    command.args(["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars"]);
    command.arg(format!("--user-data-dir={}", profile.display()));
    command.env("TO", to).env("FROM", from).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
