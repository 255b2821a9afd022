//! The places that a rule looks at: JSON Pointers in which `*` is any index, `**` any depth and `{a,b}` one of these
//! names; several are parted by `, `.

/// Whether `path` is one of `places`.
pub(crate) fn is_in(places: &str, path: &str) -> bool {
    let steps: Vec<&str> = path.split('/').skip(1).collect();
    parted(places).iter().any(|place| matches(&place.split('/').skip(1).collect::<Vec<_>>(), &steps))
}

/// Whether `path` is of an object that one of `places` is in.
pub(crate) fn is_above(places: &str, path: &str) -> bool {
    let steps: Vec<&str> = path.split('/').skip(1).collect();
    parted(places).iter().any(|place| {
        let place: Vec<&str> = place.split('/').skip(1).collect();
        place.get(..steps.len()).is_some_and(|place| matches(place, &steps))
    })
}

/// The places, one by one.
fn parted(places: &str) -> Vec<&str> {
    places.split(", ").collect()
}

fn matches(place: &[&str], steps: &[&str]) -> bool {
    match (place, steps) {
        ([], []) => true,
        (["**", rest @ ..], steps) => (0..=steps.len()).any(|at| matches(rest, steps.get(at..).unwrap())),
        ([first, rest @ ..], [step, steps @ ..]) => is_step(first, step) && matches(rest, steps),
        _ => false,
    }
}

fn is_step(place: &str, step: &str) -> bool {
    match place.strip_prefix('{').and_then(|names| names.strip_suffix('}')) {
        Some(names) => names.split(',').any(|name| name == step),
        None if place == "*" => step.bytes().all(|byte| byte.is_ascii_digit()),
        None => place == step,
    }
}

#[test]
fn a_place_is_distinguished_from_another() {
    assert!(is_in("/lines/*/tax/rate", "/lines/12/tax/rate"));
    assert!(!is_in("/lines/*/tax/rate", "/lines/x/tax/rate"));
    assert!(is_in("/**/{allowances,charges}/*/amount", "/lines/0/charges/1/amount"));
    assert!(is_in("/**/{allowances,charges}/*/amount", "/charges/1/amount"));
    assert!(!is_in("/**/{allowances,charges}/*/amount", "/charges/1"));
    assert!(is_in("/number, /lines", "/lines"));
    assert!(is_above("/seller/name", "/seller") && !is_above("/seller/name", "/buyer"));
    assert!(is_in("/**", "") && is_in("", "") && !is_in("", "/number"));
}
