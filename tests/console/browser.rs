//! A browser, used as a person does: by what is to be read on the page.

mod driver;

use std::fmt::Display;
use std::thread::sleep;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use self::driver::{Driver, Refusal};

/// Longer than anything takes on a slow machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// The key of an element in the driver's answers, by the standard.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// The widths that pages are held to, in CSS pixels: a small telephone, and a desktop screen.
pub(crate) const NARROW: u32 = 360;
pub(crate) const WIDE: u32 = 1280;

/// Tab, as the driver's keyboard names it.
const TAB: char = '\u{e004}';
pub(crate) const ENTER: char = '\u{e007}';
const CONTROL: char = '\u{e009}';
const HOME: char = '\u{e011}';
const RIGHT: char = '\u{e014}';

/// A browser of one test's own.
pub(crate) struct Browser(Driver);

/// Where something is on a page: by a selector, or by what is written on it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'p> {
    Css(&'p str),
    /// A link, a button or a summary with exactly this text.
    Control(&'p str),
    /// The input, area or choice that is labelled so.
    Field(&'p str),
    /// A link in which this stands.
    Link(&'p str),
}

impl Place<'_> {
    fn locator(self) -> Value {
        let (using, value) = match self {
            Self::Css(selector) => ("css selector", selector.to_owned()),
            Self::Control(text) => {
                let named = format!("normalize-space()={}", quoted(text));
                ("xpath", format!("//*[(self::a or self::button or self::summary) and {named}]"))
            }
            Self::Link(text) => ("xpath", format!("//a[contains(normalize-space(), {})]", quoted(text))),
            Self::Field(label) => {
                let fields = "(self::input or self::textarea or self::select) and not(@type='hidden')";
                let text = quoted(label);
                let own = format!("//label[starts-with(normalize-space(), {text})]//*[{fields}]");
                ("xpath", format!("{own} | //*[{fields} and @id=//label[normalize-space()={text}]/@for]"))
            }
        };
        json!({ "using": using, "value": value })
    }
}

/// As a string of XPath, which knows no escapes.
fn quoted(text: &str) -> String {
    assert!(!text.contains('"'), "{text}");
    format!("\"{text}\"")
}

impl Browser {
    /// A new one that prefers `languages`, as wide as a desktop screen.
    pub(crate) fn open(languages: &str) -> Self {
        let browser = Self(Driver::start(languages));
        browser.resize(WIDE, 900);
        // What moves is not to be judged half-way.
        browser.emulate("light");
        browser
    }

    /// Goes to an address, and waits until the page is there.
    pub(crate) fn go(&self, address: &str) {
        said(address, self.0.post("/url", &json!({ "url": address })));
    }

    /// Switches the language, and waits until the page is in it.
    pub(crate) fn switch_to(&self, language: &str, tag: &str) {
        self.click(Place::Control(language));
        let speaks = || self.run("return document.documentElement.lang", &[]) == tag;
        assert!(eventually(speaks), "it does not speak {language}");
    }

    /// Where it is.
    pub(crate) fn address(&self) -> String {
        said("the address", self.0.get("/url")).as_str().unwrap().to_owned()
    }

    /// What a script returns. It runs beside the page's own, past its policy.
    pub(crate) fn run(&self, script: &str, arguments: &[Value]) -> Value {
        said(script, self.0.post("/execute/sync", &json!({ "script": script, "args": arguments })))
    }

    /// What a script hands to the function that is its last argument.
    pub(crate) fn run_async(&self, script: &str, arguments: &[Value]) -> Value {
        let body = json!({ "script": script, "args": arguments });
        said(script.lines().next().unwrap_or_default(), self.0.post("/execute/async", &body))
    }

    /// Clicks once it can be clicked.
    pub(crate) fn click(&self, place: Place<'_>) {
        self.on(place, |element| self.0.post(&format!("/element/{element}/click"), &json!({})));
    }

    /// Types at the end of a field.
    pub(crate) fn type_into(&self, place: Place<'_>, text: &str) {
        self.on(place, |element| self.0.post(&format!("/element/{element}/value"), &json!({ "text": text })));
    }

    /// Types into a field, so many characters after its beginning.
    pub(crate) fn type_at_start(&self, place: Place<'_>, after: usize, text: &str) {
        let way = RIGHT.to_string().repeat(after);
        self.type_into(place, &format!("{CONTROL}{HOME}{CONTROL}{way}{text}"));
    }

    /// What is to be read there.
    pub(crate) fn text(&self, place: Place<'_>) -> String {
        self.on(place, |element| self.0.get(&format!("/element/{element}/text"))).as_str().unwrap().to_owned()
    }

    /// Waits until this is to be read there.
    pub(crate) fn wait_for(&self, place: Place<'_>, text: &str) {
        let mut last = String::new();
        let is_there = || {
            last = self.text(place);
            last.contains(text)
        };
        let came = eventually(is_there);
        assert!(came, "{text:?} does not come; {place:?} says: {last}\n{}", self.page_text());
    }

    /// Does something with an element as soon as it is there and lets it be done: pages change while one reads.
    fn on(&self, place: Place<'_>, mut act: impl FnMut(&str) -> Result<Value, Refusal>) -> Value {
        let mut last = None;
        let mut done = None;
        eventually(|| {
            let found = self.0.post("/element", &place.locator());
            let result = found.and_then(|found| act(found[ELEMENT].as_str().unwrap()));
            match result {
                Ok(value) => done = Some(value),
                Err(refusal) if is_passing(&refusal) => last = Some(refusal),
                Err(refusal) => panic!("{place:?}: {refusal}"),
            }
            done.is_some()
        });
        done.unwrap_or_else(|| panic!("{place:?}: {}\n{}", last.unwrap(), self.page_text()))
    }

    /// The text of the page, for the message of a failed test.
    pub(crate) fn page_text(&self) -> String {
        let text = self.run("return location.pathname + '\\n' + document.body.innerText", &[]);
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Presses keys one after the other, wherever the focus is.
    pub(crate) fn press(&self, keys: impl IntoIterator<Item = char>) {
        let strokes: Vec<_> = keys
            .into_iter()
            .flat_map(|key| {
                ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key.to_string() }))
            })
            .collect();
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": strokes });
        said("press keys", self.0.post("/actions", &json!({ "actions": [keyboard] })));
    }

    /// Presses Tab so many times.
    pub(crate) fn tab(&self, times: usize) {
        self.press(std::iter::repeat_n(TAB, times));
    }

    /// Makes the page as large as this, in CSS pixels.
    pub(crate) fn resize(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.tools("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Prefers `light` or `dark`, and nothing that moves.
    pub(crate) fn emulate(&self, scheme: &str) {
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.tools("Emulation.setEmulatedMedia", &json!({ "features": features }));
    }

    /// A picture of what is in sight, as PNG.
    pub(crate) fn picture(&self) -> Vec<u8> {
        BASE64_STANDARD.decode(said("a picture", self.0.get("/screenshot")).as_str().unwrap()).unwrap()
    }

    /// Asserts that the browser has found nothing to complain about since it was last asked.
    pub(crate) fn assert_no_complaint(&self, on: &str) {
        let log = said("the log", self.0.post("/se/log", &json!({ "type": "browser" })));
        assert!(log.as_array().unwrap().is_empty(), "{on}: {log:#}");
    }

    fn tools(&self, command: &str, parameters: &Value) {
        said(command, self.0.post("/goog/cdp/execute", &json!({ "cmd": command, "params": parameters })));
    }
}

/// Whether it may be otherwise in a moment.
fn is_passing(refusal: &Refusal) -> bool {
    let passing = [
        "no such element",
        "stale element reference",
        "element click intercepted",
        "element not interactable",
    ];
    // What chromedriver says instead of a stale reference, if the page goes while it looks.
    let is_gone =
        refusal.code == "unknown error" && refusal.message.contains("does not belong to the document");
    passing.contains(&refusal.code.as_str()) || is_gone
}

fn said<T, E: Display>(what: &str, result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("{what}: {error}"))
}

/// Asks again and again until it is so, or patience is at its end.
pub(crate) fn eventually(mut is_so: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if is_so() {
            return true;
        }
        if Instant::now() > deadline {
            return false;
        }
        sleep(Duration::from_millis(50));
    }
}
