//! The tokens themselves: every pair of colours that meets on a screen can be read, in light and in dark.

use std::collections::HashMap;

const TOKENS: &str = include_str!("../../assets/tokens.css");

fn colours(part: &str) -> HashMap<&str, [f64; 3]> {
    let pairs = part.split([';', '{', '}']).filter_map(|line| line.trim().strip_prefix("--")?.split_once(": #"));
    pairs.map(|(name, hex)| (name, [0, 2, 4].map(|at| channel(&hex[at..at + 2])))).collect()
}

fn channel(hex: &str) -> f64 {
    let value = f64::from(u8::from_str_radix(hex, 16).unwrap()) / 255.0;
    if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let light = |c: [f64; 3]| 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
    let (high, low) = (light(a).max(light(b)), light(a).min(light(b)));
    (high + 0.05) / (low + 0.05)
}

#[test]
fn text_and_signs_stand_out_from_what_is_behind_them() {
    let (light, dark) = TOKENS.split_once("@media").unwrap();
    let light = colours(light);
    let mut night = light.clone();
    night.extend(colours(dark));
    let on_paper = ["ink", "ink-2", "ink-3", "key", "good", "warn", "bad"];
    let papers = ["paper", "paper-2", "paper-3"];
    let mut pairs: Vec<(&str, &str, f64)> =
        on_paper.iter().flat_map(|ink| papers.map(|paper| (*ink, paper, 4.5))).collect();
    pairs.extend(
        ["good", "warn", "bad", "key"]
            .into_iter()
            .zip(["good-soft", "warn-soft", "bad-soft", "key-soft"])
            .map(|(a, b)| (a, b, 4.5)),
    );
    pairs.extend(["good-soft", "warn-soft", "bad-soft", "key-soft"].map(|soft| ("ink", soft, 7.0)));
    pairs.extend(["good-soft", "warn-soft", "bad-soft"].map(|soft| ("ink-2", soft, 4.5)));
    pairs.extend([
        ("key-ink", "key", 4.5),
        ("key-ink", "key-strong", 4.5),
        ("key-strong", "key-soft", 4.5),
        ("bad-strong", "bad-soft", 4.5),
    ]);
    pairs.extend([
        ("paper", "bad", 4.5),
        ("paper", "bad-strong", 4.5),
        ("line-strong", "paper", 3.0),
        ("line-strong", "paper-2", 3.0),
    ]);
    pairs.extend(["series-0", "series-1", "series-2", "series-3"].map(|series| (series, "paper", 3.0)));
    for (name, theme) in [("light", &light), ("dark", &night)] {
        for (ink, paper, least) in &pairs {
            let found = contrast(theme[ink], theme[paper]);
            assert!(found >= *least, "{name}: {ink} on {paper} is {found:.2}, must be {least}");
        }
    }
}
