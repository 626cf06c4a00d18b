//! Numbers as text, with the digits that matter. No logarithm is taken, so the text is the same on every machine.

/// How many decimals show so many digits that matter, at most `most`.
///
/// ```
/// use wfr_lab::digits::decimals;
/// assert_eq!(decimals(0.0123, 2, 6), 3);
/// assert_eq!(decimals(123.4, 2, 6), 0);
/// ```
pub fn decimals(value: f64, digits: i32, most: usize) -> usize {
    let scientific = format!("{value:e}");
    let exponent = scientific.rsplit_once('e').and_then(|(_, e)| e.parse::<i32>().ok());
    (digits - 1 - exponent.unwrap_or(0)).clamp(0, most as i32) as usize
}

/// A number with so many digits that matter and at most so many decimals; zeros at the end stay, so that nothing jumps while it changes.
pub fn fixed(value: f64, digits: i32, most: usize) -> String {
    format!("{value:.*}", decimals(value, digits, most))
}

/// The same without zeros at the end.
pub fn significant(value: f64, digits: i32, most: usize) -> String {
    trimmed(&fixed(value, digits, most))
}

/// Without zeros at the end of the fraction.
pub fn trimmed(text: &str) -> String {
    let (digits, exponent) = text.find('e').map_or((text, ""), |at| text.split_at(at));
    let digits = if digits.contains('.') {
        digits.trim_end_matches('0').trim_end_matches('.')
    } else {
        digits
    };
    format!("{digits}{exponent}")
}

/// A number for reading: three digits, no noise.
///
/// ```
/// use wfr_lab::digits::short;
/// assert_eq!(short(0.0), "0");
/// assert_eq!(short(1234567.0), "1 234 567");
/// assert_eq!(short(0.02345), "0.0234");
/// assert_eq!(short(2.5), "2.5");
/// ```
pub fn short(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        return "0".to_owned();
    }
    if !(1e-4..1e9).contains(&size) {
        return format!("{value:.2e}");
    }
    if size >= 1000.0 {
        return grouped(value.round() as i64);
    }
    significant(value, 3, 6)
}

/// A number that changes with every frame: two digits are enough, and a real minus.
///
/// ```
/// use wfr_lab::digits::rough;
/// assert_eq!(rough(-0.5), "−0.50");
/// assert_eq!(rough(1e-5), "0");
/// assert_eq!(rough(234_567.0), "2e5");
/// ```
pub fn rough(value: f64) -> String {
    if value.abs() < 5e-4 {
        return "0".to_owned();
    }
    if value.abs() >= 1e5 {
        return format!("{value:.0e}").replace('-', "−");
    }
    fixed(value, 2, 3).replace('-', "−")
}

/// A whole number with its thousands apart.
///
/// ```
/// assert_eq!(wfr_lab::digits::grouped(-10_000), "-10 000");
/// ```
pub fn grouped(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if value < 0 {
        text.push('-');
    }
    for (k, digit) in digits.chars().enumerate() {
        if k > 0 && (digits.len() - k).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_the_logarithm() {
        for k in 0..4000 {
            let value = 1.37e-7 * 1.01_f64.powi(k);
            for digits in [1, 2, 3, 8] {
                let by_logarithm = (digits - 1 - value.log10().floor() as i32).clamp(0, 8) as usize;
                assert_eq!(decimals(value, digits, 8), by_logarithm, "{value}");
                assert_eq!(decimals(-value, digits, 8), by_logarithm, "{value}");
            }
        }
        // Where logarithms are a matter of luck.
        assert_eq!([1e-3, 1e3, 1e-5].map(|v| decimals(v, 1, 8)), [3, 0, 5]);
        assert_eq!(short(f64::NAN), "NaN");
        assert_eq!(significant(0.5, 4, 6), "0.5");
    }
}
