//! Numbers as they are written: exact decimals.

use std::fmt;

/// Digits that fit into 38 decimal places, what Decimal128 holds.
const MOST_DIGITS: usize = 38;

/// An exact decimal: `digits` / 10^`scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Number {
    /// The digits without the point.
    pub digits: i128,
    /// Number of digits after the point.
    pub scale: u32,
}

impl Number {
    /// Reads `-12.50`; none if it is no number or has more than 38 digits.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let is_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let is_whole = !whole.is_empty() && is_digits(whole) && is_digits(fraction);
        let has_point = unsigned.contains('.');
        if !is_whole || (has_point && fraction.is_empty()) || whole.len() + fraction.len() > MOST_DIGITS {
            return None;
        }
        let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
        Some(Self { digits: if negative { -digits } else { digits }, scale: fraction.len() as u32 })
    }

    /// The nearest float.
    pub fn as_f64(self) -> f64 {
        // Reading the text rounds once; dividing two floats would round three times.
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// The greatest multiple of 10^-`scale` that is not above the number, as a count of these, and whether it is equal.
    /// None beyond 128 bits.
    pub(crate) fn at_scale(self, scale: u32) -> Option<(i128, bool)> {
        if scale >= self.scale {
            return Some((self.digits.checked_mul(10i128.checked_pow(scale - self.scale)?)?, true));
        }
        let divisor = 10i128.checked_pow(self.scale - scale)?;
        Some((self.digits.div_euclid(divisor), self.digits.rem_euclid(divisor) == 0))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.digits < 0 { "-" } else { "" };
        let digits = self.digits.unsigned_abs().to_string();
        let scale = self.scale as usize;
        if scale == 0 {
            return write!(f, "{sign}{digits}");
        }
        let padded = format!("{digits:0>width$}", width = scale + 1);
        let (whole, fraction) = padded.split_at(padded.len() - scale);
        write!(f, "{sign}{whole}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_and_written() {
        for text in ["0", "-1", "12.50", "0.005", "-0.5", "99999999999999999999999999999999999999"] {
            assert_eq!(Number::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "-",
            ".",
            "1.",
            ".5",
            "1e3",
            "1.2.3",
            "abc",
            "--1",
            "999999999999999999999999999999999999999",
        ] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
        assert_eq!(Number::parse("0.1").unwrap().as_f64(), 0.1);
    }

    #[test]
    fn scaling_rounds_down_and_says_so() {
        let number = |text| Number::parse(text).unwrap();
        assert_eq!(number("1.25").at_scale(2), Some((125, true)));
        assert_eq!(number("1.25").at_scale(1), Some((12, false)));
        assert_eq!(number("-1.25").at_scale(1), Some((-13, false)));
        assert_eq!(number("3").at_scale(2), Some((300, true)));
        assert_eq!(number("99999999999999999999999999999999999999").at_scale(6), None);
    }
}
