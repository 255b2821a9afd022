//! Decimals against exact fractions of big integers.

use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::prelude::*;

use super::*;

/// A decimal as the format writes it, most of them with few digits, where ties are.
fn written() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "-?(0|[1-9][0-9]{0,2})(\\.[0-9]{1,3})?",
        1 => "-?(0|[1-9][0-9]{0,4})\\.[0-9]{2}5",
        2 => "-?(0|[1-9][0-9]{0,14})(\\.[0-9]{1,10})?",
    ]
}

fn percent() -> impl Strategy<Value = String> {
    prop_oneof!["-?(0|[1-9][0-9]{0,1})(\\.[05])?", "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,10})?"]
}

fn read(text: &str) -> Decimal {
    Decimal::parse(text, 15).unwrap()
}

/// The same value, exactly, read by other means.
fn exact(text: &str) -> BigRational {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits: BigInt = format!("{whole}{decimals}").parse().unwrap();
    BigRational::new(digits, BigInt::from(10).pow(u32::try_from(decimals.len()).unwrap()))
}

fn fraction(numerator: i64, denominator: i64) -> BigRational {
    BigRational::new(numerator.into(), denominator.into())
}

/// To two decimals, ties towards +infinity: the floor of hundred times the value and a half.
fn rounded(value: &BigRational) -> BigRational {
    (value * fraction(100, 1) + fraction(1, 2)).floor() / fraction(100, 1)
}

fn is(decimal: Decimal, value: &BigRational) -> bool {
    exact(&decimal.to_string()) == *value
}

fn distance(a: &BigRational, b: &BigRational) -> BigRational {
    if a > b { a - b } else { b - a }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn a_decimal_is_shown_as_it_was_written(text in written()) {
        prop_assert_eq!(read(&text).to_string(), without_minus_of_zero(&text));
    }

    #[test]
    fn it_is_compared_and_added_by_value(a in written(), b in written()) {
        let (x, y) = (exact(&a), exact(&b));
        prop_assert_eq!(read(&a).partial_cmp(&read(&b)), x.partial_cmp(&y));
        prop_assert_eq!(read(&a) == read(&b), x == y);
        prop_assert!(is(read(&a) + read(&b), &(&x + &y)));
        prop_assert!(is(read(&a) - read(&b), &(&x - &y)));
    }

    #[test]
    fn rounding_goes_to_the_nearest_and_ties_go_up(text in written()) {
        prop_assert!(is(read(&text).r2(), &rounded(&exact(&text))));
        let whole = (exact(&text) + fraction(1, 2)).floor();
        prop_assert_eq!(read(&text).rounds_to_zero(), whole == fraction(0, 1));
    }

    #[test]
    fn a_percentage_is_exact_before_it_is_rounded(base in written(), rate in percent()) {
        let product = exact(&base) * exact(&rate) / fraction(100, 1);
        prop_assert!(is(read(&base).percent_r2(read(&rate)), &rounded(&product)));
    }

    #[test]
    fn the_slack_of_a_percentage_is_exact(base in written(), rate in percent(), off in -4_i64..=4, slack in 0_i64..=2) {
        let product = exact(&base) * exact(&rate) / fraction(100, 1);
        let amount = read(&base).percent_r2(read(&rate)) + Decimal { units: i128::from(off) * ONE / 200, decimals: 3 };
        let is_near = distance(&exact(&amount.to_string()), &product) <= fraction(slack, 100);
        let slack = Decimal { units: i128::from(slack) * ONE / 100, decimals: 2 };
        prop_assert_eq!(amount.is_percent_of(read(&base), read(&rate), slack), is_near);
    }

    #[test]
    fn quantity_times_price_is_exact(quantity in written(), price in written(), per in written(), off in -4_i64..=4) {
        prop_assume!(!read(&per).is_zero());
        let product = exact(&quantity) * exact(&price) / exact(&per);
        let due = Decimal::quantity_times_price(read(&quantity), read(&price), read(&per), 2);
        let is_amount = distance(&rounded(&product), &fraction(0, 1)) < fraction(1_000_000_000_000_000, 1);
        prop_assert_eq!(due.is_some(), is_amount);
        let Some(due) = due else { return Ok(()) };
        prop_assert!(is(due, &rounded(&product)));
        let amount = due + Decimal { units: i128::from(off) * ONE / 200, decimals: 3 };
        let slack = Decimal::CENT + Decimal::CENT;
        let is_near = distance(&exact(&amount.to_string()), &product) <= fraction(2, 100);
        prop_assert_eq!(amount.is_quantity_times_price(read(&quantity), read(&price), read(&per), slack), is_near);
    }

    #[test]
    fn it_is_shortened_only_by_zeros(text in written(), decimals in 0_u8..=10) {
        let short = read(&text).with_decimals(decimals);
        prop_assert!(is(short, &exact(&text)));
        let is_shortest = short.decimals() == decimals || !short.to_string().ends_with('0');
        prop_assert!(short.decimals() >= decimals && is_shortest);
    }

    #[test]
    fn any_text_is_a_decimal_or_none(text in "[-+0-9.,e ]{0,8}|-?[0-9]{0,18}(\\.[0-9]{0,12})?") {
        let (whole, decimals) = text.split_once('.').map_or((text.as_str(), None), |(a, b)| (a, Some(b)));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let whole = whole.strip_prefix('-').unwrap_or(whole);
        let is_decimal = digits(whole)
            && whole.len() <= 15
            && (whole == "0" || !whole.starts_with('0'))
            && decimals.is_none_or(|decimals| digits(decimals) && decimals.len() <= 10);
        prop_assert_eq!(Decimal::parse(&text, 15).is_some(), is_decimal, "{}", text);
    }
}

/// The sign of nought is not kept: it says nothing.
fn without_minus_of_zero(text: &str) -> String {
    let is_zero = text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
    if is_zero { text.trim_start_matches('-').to_owned() } else { text.to_owned() }
}

#[test]
fn ties_go_towards_plus_infinity() {
    let r2 = |text: &str| read(text).r2().to_string();
    assert_eq!(
        ["0.005", "-0.005", "0.015", "-0.015", "2.345", "-2.345"].map(r2),
        ["0.01", "0.00", "0.02", "-0.01", "2.35", "-2.34"]
    );
    assert_eq!(read("0.5").percent_r2(read("1")).to_string(), "0.01");
    assert_eq!(read("-0.5").percent_r2(read("1")).to_string(), "0.00");
    assert!(read("-0.5").rounds_to_zero() && !read("0.5").rounds_to_zero());
    let halved = |quantity: &str, per: &str| {
        Decimal::quantity_times_price(read(quantity), read("0.01"), read(per), 2).unwrap().to_string()
    };
    assert_eq!(
        [halved("1", "2"), halved("-1", "2"), halved("1", "-2"), halved("-1", "-2")],
        ["0.01", "0.00", "0.00", "0.01"]
    );
    let of_nothing = Decimal::quantity_times_price(read("1"), read("0.01"), read("0.00"), 2);
    assert!(of_nothing.is_none(), "a price for none");
}

#[test]
fn the_largest_values_do_not_overflow() {
    let most = read("999999999999999.9999999999");
    let rate = read("9999.9999999999");
    assert_eq!(most.percent_r2(rate).to_string(), "99999999999999000.00");
    assert!(Decimal::quantity_times_price(most, most, read("0.0000000001"), 2).is_none());
    assert!(!most.is_quantity_times_price(most, most, read("0.0000000001"), Decimal::CENT));
    let sum: Decimal = std::iter::repeat_n(most, 10_000).sum();
    assert_eq!(sum.to_string(), "9999999999999999999.9999990000");
}

#[test]
fn a_text_longer_than_any_decimal_is_none_and_does_not_overflow() {
    for text in [
        "9".repeat(60),
        format!("-{}", "9".repeat(60)),
        format!("{}.{}", "1".repeat(26), "1".repeat(40)),
        format!("0.{}", "1".repeat(60)),
    ] {
        assert!(Decimal::parse(&text, 15).is_none(), "{text}");
    }
}

#[test]
fn an_amount_has_fifteen_integer_digits_at_most() {
    let times = |quantity: &str, price: &str| {
        Decimal::quantity_times_price(read(quantity), read(price), Decimal::whole(1), 2)
    };
    assert_eq!(
        times("99999999999999.999", "10").map(|it| it.to_string()).as_deref(),
        Some("999999999999999.99")
    );
    assert!(times("100000000000000", "10").is_none());
    assert!(times("-100000000000000", "10").is_none());
}

#[test]
fn a_product_is_rounded_once_to_the_decimals_asked_for() {
    let decimal = |text| Decimal::parse(text, 15).unwrap();
    let one = Decimal::whole(1);
    // 10.496 is 10.50 in cents, and those would be 11.
    for (decimals, rounded) in [(0, "10"), (2, "10.50"), (3, "10.496")] {
        let product = Decimal::quantity_times_price(decimal("2"), decimal("5.248"), one, decimals).unwrap();
        assert_eq!(product.to_string(), rounded);
        assert_eq!(decimal("104.96").percent(decimal("10"), decimals).to_string(), rounded);
    }
}
