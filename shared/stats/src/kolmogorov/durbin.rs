//! The exact law.

/// The probability that the statistic of a sample of `n` is less than `d`: n! / n^n times the middle element of
/// the n-th power of Durbin's matrix.
///
/// Its side is 2 k - 1 with k = ceil(n d); the callers see to it that this is some hundred at the most.
///
/// Source: Durbin (1968); Marsaglia, Tsang and Wang, Evaluating Kolmogorov's Distribution (J. Stat. Softw. 8, 2003).
pub(super) fn lower(n: f64, d: f64) -> f64 {
    let k = (n * d).ceil();
    let h = k - n * d;
    let k = k as usize;
    let base = Matrix::durbin(2 * k - 1, h);
    let power = base.power(n as u32);
    let ln_factorial: f64 = (1..=n as u32).map(|i| (f64::from(i) / n).ln()).sum();
    (power.at(k - 1, k - 1).ln() + power.ln_scale + ln_factorial).exp()
}

/// A square matrix, row by row, times exp(ln_scale): its powers are beyond a number's range.
#[derive(Clone)]
struct Matrix {
    side: usize,
    elements: Vec<f64>,
    ln_scale: f64,
}

impl Matrix {
    /// 1 / (i - j + 1)! where that is a factorial, else 0; with the powers of h taken off the first column and the
    /// last row.
    fn durbin(side: usize, h: f64) -> Self {
        let mut inverse_factorials = vec![1.0; side + 1];
        for i in 1..=side {
            inverse_factorials[i] = inverse_factorials[i - 1] / i as f64;
        }
        let mut elements = vec![0.0; side * side];
        for i in 0..side {
            for j in 0..side.min(i + 2) {
                elements[i * side + j] = inverse_factorials[i + 1 - j];
            }
        }
        let mut power = 1.0;
        for i in 0..side {
            power *= h;
            elements[i * side] -= power * inverse_factorials[i + 1];
            elements[side * side - 1 - i] -= power * inverse_factorials[i + 1];
        }
        let twice = (2.0 * h - 1.0).max(0.0).powf(side as f64);
        elements[(side - 1) * side] += twice * inverse_factorials[side];
        Self { side, elements, ln_scale: 0.0 }
    }

    fn at(&self, row: usize, column: usize) -> f64 {
        self.elements[row * self.side + column]
    }

    /// By squaring.
    fn power(&self, exponent: u32) -> Self {
        if exponent == 1 {
            return self.clone();
        }
        let root = self.power(exponent / 2);
        let square = root.times(&root);
        if exponent % 2 == 1 { square.times(self) } else { square }
    }

    fn times(&self, other: &Self) -> Self {
        let side = self.side;
        let mut elements = vec![0.0; side * side];
        for (into, row) in elements.chunks_exact_mut(side).zip(self.elements.chunks_exact(side)) {
            for (factor, line) in row.iter().zip(other.elements.chunks_exact(side)) {
                for (element, value) in into.iter_mut().zip(line) {
                    *element += factor * value;
                }
            }
        }
        // None is negative, so the greatest is the scale of all.
        let greatest = elements.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        elements.iter_mut().for_each(|element| *element /= greatest);
        Self { side, elements, ln_scale: self.ln_scale + other.ln_scale + greatest.ln() }
    }
}
