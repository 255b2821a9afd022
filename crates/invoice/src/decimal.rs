//! Exact decimals: amounts, quantities, prices and rates as the format writes them.

use std::cmp::Ordering;
use std::fmt;

use ethnum::I256;

/// The decimals that a value is held with.
const SCALE: u32 = 10;
/// One, in units of 10⁻¹⁰.
const ONE: i128 = 10_i128.pow(SCALE);

/// An exact decimal of at most 15 integer digits and 10 decimals, with the decimals it was written with.
///
/// Sums and products never overflow: a value is below 10²⁵ units, and sums of all values that a document can hold, and
/// products of two of them, are far below the 10³⁸ of [`i128`] and the 10⁷⁶ of [`I256`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decimal {
    units: i128,
    decimals: u8,
}

impl Decimal {
    /// 0
    pub(crate) const ZERO: Self = Self { units: 0, decimals: 0 };
    /// 0.01
    pub(crate) const CENT: Self = Self { units: ONE / 100, decimals: 2 };

    /// A whole number.
    pub(crate) const fn whole(number: i64) -> Self {
        Self { units: number as i128 * ONE, decimals: 0 }
    }

    /// Reads `-?(0|[1-9][0-9]*)(\.[0-9]+)?` with at most `integers` integer digits and 10 decimals; `None` for anything
    /// else.
    pub(crate) fn parse(text: &str, integers: usize) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let mut value: i128 = 0;
        let mut point = None;
        for (at, byte) in digits.bytes().enumerate() {
            match byte {
                b'0'..=b'9' => {
                    // Longer texts than any decimal are refused below; until then they must not overflow.
                    if at > integers + SCALE as usize + 1 {
                        return None;
                    }
                    value = value * 10 + i128::from(byte - b'0');
                }
                b'.' if point.is_none() => point = Some(at),
                _ => return None,
            }
        }
        let whole = point.unwrap_or(digits.len());
        let decimals = point.map_or(0, |point| digits.len() - point - 1);
        let is_written_well = (1..=integers).contains(&whole)
            && (whole == 1 || !digits.starts_with('0'))
            && decimals <= SCALE as usize
            && (point.is_none() || decimals > 0);
        if !is_written_well {
            return None;
        }
        let decimals = u8::try_from(decimals).ok()?;
        let units = value * 10_i128.pow(SCALE - u32::from(decimals));
        Some(Self { units: if negative { -units } else { units }, decimals })
    }

    /// The number of decimals as written; trailing zeros count.
    pub(crate) const fn decimals(self) -> u8 {
        self.decimals
    }

    /// Whether the value, and not only its spelling, has more decimals than that (of 10).
    pub(crate) const fn needs_more_than(self, decimals: u8) -> bool {
        let step = 10_i128.pow(SCALE.saturating_sub(decimals as u32));
        self.decimals > decimals && self.units % step != 0
    }

    /// -1, 0 or 1.
    pub(crate) const fn signum(self) -> i128 {
        self.units.signum()
    }

    pub(crate) const fn is_zero(self) -> bool {
        self.units == 0
    }

    pub(crate) const fn is_negative(self) -> bool {
        self.units < 0
    }

    pub(crate) const fn abs(self) -> Self {
        Self { units: self.units.abs(), decimals: self.decimals }
    }

    /// So many times the value.
    pub(crate) fn times(self, count: usize) -> Self {
        let count = i128::try_from(count).unwrap_or(i128::MAX);
        Self { units: self.units.saturating_mul(count), decimals: self.decimals }
    }

    /// Rounded to two decimals: the nearest, and of two that are equally near the greater, as does
    /// `round(x * 100) div 100` of the official artefact (W3C, *XPath and XQuery Functions 3.1*, `fn:round`).
    pub(crate) fn r2(self) -> Self {
        Self { units: round_to(self.units, ONE / 100), decimals: 2 }
    }

    /// Rounded to a whole number, as [`Self::r2`] rounds to a cent.
    pub(crate) fn r0(self) -> Self {
        Self { units: round_to(self.units, ONE), decimals: 0 }
    }

    /// Whether `fn:round` makes it 0: from -0.5 on, and below 0.5.
    pub(crate) fn rounds_to_zero(self) -> bool {
        self.r0().is_zero()
    }

    /// `self * percent / 100`, rounded to two decimals as [`Self::r2`] does.
    pub(crate) fn percent_r2(self, percent: Self) -> Self {
        self.percent(percent, 2)
    }

    /// `self * percent / 100`, rounded once to so many decimals (of 10), as [`Self::r2`] rounds.
    pub(crate) fn percent(self, percent: Self, decimals: u8) -> Self {
        let step = 10_i128.pow(SCALE.saturating_sub(decimals.into()));
        let product = I256::from(self.units) * I256::from(percent.units);
        // The product has 20 decimals, and 22 after the division by 100.
        let divisor = I256::from(step) * I256::from(100 * ONE);
        let steps = (product + divisor / I256::from(2_i128)).div_euclid(divisor);
        Self { units: steps.as_i128() * step, decimals }
    }

    /// Whether `|self - base * percent / 100| <= slack`, exactly.
    pub(crate) fn is_percent_of(self, base: Self, percent: Self, slack: Self) -> bool {
        let hundred_ones = I256::from(100 * ONE);
        let difference =
            I256::from(self.units) * hundred_ones - I256::from(base.units) * I256::from(percent.units);
        difference.abs() <= I256::from(slack.units) * hundred_ones
    }

    /// Whether `|self - quantity * price / per| <= slack`, exactly; `per` is not 0.
    pub(crate) fn is_quantity_times_price(self, quantity: Self, price: Self, per: Self, slack: Self) -> bool {
        // |self * per - quantity * price| <= slack * |per|, all with 20 decimals.
        let [value, per, slack] = [self, per, slack].map(|decimal| I256::from(decimal.units));
        let product = I256::from(quantity.units) * I256::from(price.units);
        (value * per - product).abs() <= slack * per.abs()
    }

    /// `quantity * price / per`, rounded once to so many decimals (of 10), as [`Self::r2`] rounds; `None` if `per` is 0 or the
    /// result is no amount.
    pub(crate) fn quantity_times_price(quantity: Self, price: Self, per: Self, decimals: u8) -> Option<Self> {
        if per.units == 0 {
            return None;
        }
        let step = 10_i128.pow(SCALE.saturating_sub(decimals.into()));
        let product = I256::from(quantity.units) * I256::from(price.units);
        let (product, per) = if per.units < 0 { (-product, -per.units) } else { (product, per.units) };
        // product / per has 10 decimals.
        let divisor = I256::from(per) * I256::from(step);
        let steps = (product + divisor / I256::from(2_i128)).div_euclid(divisor);
        let units = i128::try_from(steps).ok().and_then(|steps| steps.checked_mul(step));
        let units = units.filter(|units| units.abs() < 10_i128.pow(15 + SCALE))?;
        Some(Self { units, decimals })
    }

    /// The decimal with as many decimals as it needs, and at least `decimals` (of 10).
    pub(crate) fn with_decimals(self, decimals: u8) -> Self {
        let mut needed = SCALE;
        // What is behind the point fits 64 bits, in which a division is quick.
        let mut fraction = i64::try_from(self.units % ONE).unwrap_or(i64::MAX);
        while needed > u32::from(decimals) && fraction % 10 == 0 {
            fraction /= 10;
            needed -= 1;
        }
        Self { units: self.units, decimals: u8::try_from(needed).unwrap_or(u8::MAX) }
    }
}

/// The multiple of `step` that is nearest to `units`; of two the greater.
fn round_to(units: i128, step: i128) -> i128 {
    let raised = units + step / 2;
    // A division of 128 bits takes ten times as long as one of 64, which is enough for values up to 900 million.
    match (i64::try_from(raised), i64::try_from(step)) {
        (Ok(raised), Ok(short)) => i128::from(raised.div_euclid(short)) * step,
        _ => raised.div_euclid(step) * step,
    }
}

/// By value: 1.0 is 1.00.
impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.units == other.units
    }
}

impl Eq for Decimal {}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        self.units.cmp(&other.units)
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl std::ops::Add for Decimal {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { units: self.units + other.units, decimals: self.decimals.max(other.decimals) }
    }
}

impl std::ops::Sub for Decimal {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { units: self.units - other.units, decimals: self.decimals.max(other.decimals) }
    }
}

impl std::iter::Sum for Decimal {
    fn sum<I: Iterator<Item = Self>>(values: I) -> Self {
        values.fold(Self::ZERO, std::ops::Add::add)
    }
}

/// As written: `-12.50`.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (units, one) = (self.units.unsigned_abs(), ONE.unsigned_abs());
        let (sign, whole) = (if self.units < 0 { "-" } else { "" }, units / one);
        if self.decimals == 0 {
            return write!(f, "{sign}{whole}");
        }
        let width = usize::from(self.decimals);
        let shown = units % one / 10_u128.pow(SCALE.saturating_sub(u32::from(self.decimals)));
        write!(f, "{sign}{whole}.{shown:0width$}")
    }
}

#[cfg(test)]
mod tests;
