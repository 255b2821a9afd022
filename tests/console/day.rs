//! The accountant's day, on a local AWS with the functions as they are: from the first look to the last resolved invoice.

use xtask::aws::text;

use crate::browser::Place::{self, Control, Css, Field, Link};
use crate::browser::{Browser, eventually};
use crate::program::Program;
use crate::stack::{Stack, samples};

/// What the accountant reads and looks for.
struct Words {
    cases: &'static str,
    groups: &'static str,
    correct: &'static str,
    show_values: &'static str,
    take_suggestion: &'static str,
    invalid: &'static str,
    valid: &'static str,
    store_and_send: &'static str,
    resolved: &'static str,
    act_on_group: &'static str,
    these_values: &'static str,
    preview: &'static str,
    now_valid: &'static str,
    not: &'static str,
    finished: &'static str,
    stored: &'static str,
    discard: &'static str,
    discarded: &'static str,
    history: [&'static str; 5],
    record_whole: &'static str,
    amount_due: &'static str,
    no_number: &'static str,
}

const ENGLISH: Words = Words {
    cases: "Cases",
    groups: "Groups",
    correct: "Correct",
    show_values: "Show the values",
    take_suggestion: "Take this suggestion",
    invalid: "Not valid yet.",
    valid: "Valid: it can be sent.",
    store_and_send: "Store and send",
    resolved: "resolved",
    act_on_group: "Correct or act on the group",
    these_values: "Put these values at these places",
    preview: "Preview",
    now_valid: "now valid",
    not: "not",
    finished: "Finished",
    stored: "Stored",
    discard: "Discard",
    discarded: "discarded",
    history: ["held", "values shown", "corrected", "sent again", "stored"],
    record_whole: "The record is whole.",
    amount_due: "amount to pay is not",
    no_number: "no number",
};

const SPANISH: Words = Words {
    cases: "Casos",
    groups: "Grupos",
    correct: "Corregir",
    show_values: "Mostrar los valores",
    take_suggestion: "Aceptar esta propuesta",
    invalid: "Aún no es válida.",
    valid: "Válida: se puede enviar.",
    store_and_send: "Guardar y enviar",
    resolved: "resuelto",
    act_on_group: "Corregir o actuar sobre el grupo",
    these_values: "Poner estos valores en estos lugares",
    preview: "Vista previa",
    now_valid: "ahora válidas",
    not: "no",
    finished: "Terminada",
    stored: "Guardadas",
    discard: "Descartar",
    discarded: "descartado",
    history: ["retenido", "valores mostrados", "corregido", "reenviado", "guardado"],
    record_whole: "El registro está íntegro.",
    amount_due: "importe a pagar no es",
    no_number: "no tiene número",
};

/// The group of many: the amount due is wrong, the same in all; with some, a part was paid before.
const MANY: usize = 40;
const STAY_INVALID: usize = 2;

fn sample(name: &str) -> String {
    samples(name).remove(0).1
}

fn many() -> Vec<String> {
    let one = sample("invalid-structure-FE-S-007-lower-case-currency").replace("\"usd\"", "\"USD\"");
    let [right, wrong] = ["238.05", "283.05"].map(|amount| format!("\"payable\": \"{amount}\""));
    let numbered = |n: usize| {
        let invoice = one.replace("003-001-000017706", &format!("003-001-{n:09}")).replace(&right, &wrong);
        if n <= STAY_INVALID {
            invoice.replace(&wrong, &format!("{wrong}, \"prepaid\": \"10.00\""))
        } else {
            invoice
        }
    };
    (1..=MANY).map(numbered).collect()
}

/// A stack that holds all that the day brings, and has stored one.
fn morning(name: &str) -> Stack {
    let stack = Stack::deploy(name, &[]);
    let mut bodies = many();
    bodies.extend(
        [
            "invalid-data-BR-CO-16-withholding-subtracted",
            "invalid-structure-BR-02-no-number",
            "invalid-structure-not-json",
            "valid-ec-papeleria",
        ]
        .map(sample),
    );
    for some in bodies.chunks(10) {
        stack.send(&some.iter().map(String::as_str).collect::<Vec<_>>());
    }
    assert_eq!((stack.stored().len(), stack.cases().len()), (1, MANY + 3));
    stack
}

/// The reason of what the page is about; that of the session is in its head.
const REASON: Place<'static> = Css("main input[name=reason]");

/// Opens the only case of the group with this rule, by way of what it means.
fn open_case(browser: &Browser, words: &Words, rule: &str) {
    browser.click(Control(words.groups));
    browser.click(Link(rule));
    browser.click(Css("tbody a[href^='/cases/']"));
}

/// Opens the editor of the case that is shown.
fn correct(browser: &Browser, words: &Words) {
    browser.click(Control(words.correct));
    browser.type_into(REASON, "to correct it");
    browser.click(Control(words.show_values));
    browser.wait_for(Css("#verdict-line"), words.invalid);
}

/// Stores and sends what is valid now, and watches it become resolved.
fn send(browser: &Browser, words: &Words) {
    browser.wait_for(Css("#verdict-line"), words.valid);
    browser.type_into(REASON, "as the seller confirmed");
    browser.click(Control(words.store_and_send));
    browser.wait_for(Css("#state"), words.resolved);
}

fn day(browser: &Browser, words: &Words, stack: &Stack) {
    // One by its suggestion.
    browser.click(Control(words.cases));
    browser.type_into(Css("#search"), "NUB-2319");
    browser.click(Css(".filter button.main"));
    browser.wait_for(Css("tbody"), "NUB-2319");
    browser.click(Link("NUB-2319"));
    correct(browser, words);
    browser.click(Control(words.take_suggestion));
    send(browser, words);
    let case = browser.address();

    // One by hand: what is missing is typed into the text, and the verdict turns while it is.
    open_case(browser, words, "BR-02");
    browser.wait_for(Css(".reasons"), words.no_number);
    correct(browser, words);
    browser.type_at_start(Css("#text"), 1, "\"number\": \"003-001-000017707\",");
    send(browser, words);

    // Many with one change, of which some are wrong in another way besides.
    browser.click(Control(words.groups));
    browser.click(Link("BR-CO-16"));
    browser.wait_for(Css("p.lead"), words.amount_due);
    browser.wait_for(Css("dl.facts"), &MANY.to_string());
    browser.click(Control(words.act_on_group));
    browser.click(Field(words.these_values));
    browser.type_into(Css("input[name=pointer]"), "/totals/payable");
    browser.type_into(Css("input[name=value]"), "238.05");
    browser.type_into(REASON, "the seller asked for it");
    browser.click(Control(words.preview));
    let lead = format!("{} {}, {STAY_INVALID} {}.", MANY - STAY_INVALID, words.now_valid, words.not);
    browser.wait_for(Css("p.lead"), &lead);
    assert_eq!(stack.stored().len(), 3, "a preview changes nothing");
    browser.type_into(REASON, "the seller writes it so");
    browser.click(Control(words.store_and_send));
    browser.wait_for(Css("#run .lead"), words.finished);
    let stored = format!("{}\n{}", words.stored, MANY - STAY_INVALID);
    browser.wait_for(Css("#run .facts"), &stored);
    assert!(eventually(|| stack.stored().len() == 3 + MANY - STAY_INVALID), "the corrected ones are stored");

    // One cannot be helped.
    open_case(browser, words, "FE-S-001");
    browser.click(Control(words.discard));
    browser.type_into(Css("details[open] input[name=reason]"), "no invoice at all");
    browser.click(Css("details[open] button.main"));
    browser.wait_for(Css("#state"), words.discarded);

    // What became of the first, step by step.
    browser.go(&case);
    let history = browser.text(Css("section[aria-labelledby=history]"));
    let mut rest = history.as_str();
    for act in words.history {
        let found = rest.find(act).unwrap_or_else(|| panic!("{act} comes in its turn: {history}"));
        rest = &rest[found..];
    }
    assert!(history.contains("as the seller confirmed") && history.contains(words.record_whole), "{history}");
    browser.assert_no_complaint("the whole day");
}

/// What is left at the end of the day.
fn assert_evening(stack: &Stack) {
    let cases = stack.cases();
    let in_state = |state: &str| cases.iter().filter(|case| text(case, "state") == Some(state)).count();
    assert_eq!(in_state("resolved"), 2 + MANY - STAY_INVALID);
    assert_eq!((in_state("open"), in_state("discarded")), (STAY_INVALID, 1));
}

#[test]
fn an_accountant_gets_through_the_day() {
    let stack = morning("day");
    let console = Program::start(&stack);
    let browser = console.browser("en");
    assert!(!browser.address().contains("token"), "the address holds no secret any more");
    day(&browser, &ENGLISH, &stack);
    assert_evening(&stack);
}

#[test]
fn an_accountant_gets_through_the_day_in_spanish() {
    let stack = morning("dia");
    let console = Program::start(&stack);
    let browser = console.browser("en");
    browser.switch_to("Español", "es");
    day(&browser, &SPANISH, &stack);
    assert_evening(&stack);
}
