//! How figures grow, drawn: one small SVG per measurement with a line per engine, rate against size, callers or backlog, and the
//! machine's limit as a dashed line above it.

use super::{
    args::What,
    report::{Figure, Report},
};
use anyhow::{Context, Result};
use std::{collections::BTreeMap, fmt::Write, fs, path::Path};

const WIDTH: f64 = 520.0;
const HEIGHT: f64 = 260.0;
const MARGIN: f64 = 48.0;
const COLOURS: [&str; 6] = ["#1f5fa8", "#b4530a", "#2a7d4f", "#8a3ffc", "#a11d4a", "#525f70"];

/// One line of a drawing: x, rate, limit.
type Line = Vec<(f64, f64, Option<f64>)>;

/// Draws every measurement that has a rate at two points or more.
pub fn draw(report: &Report, dir: &Path) -> Result<()> {
    fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    for (name, (axis, lines)) in drawings(&report.figures) {
        let path = dir.join(format!("{name}.svg"));
        fs::write(&path, svg(&name, axis, &lines)).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// By measurement: what grows, and the lines.
fn drawings(figures: &[Figure]) -> BTreeMap<String, (&'static str, BTreeMap<String, Line>)> {
    let mut drawings: BTreeMap<String, (&'static str, BTreeMap<String, Line>)> = BTreeMap::new();
    for figure in figures.iter().filter(|figure| figure.per_second > 0.0 && figure.part.is_empty()) {
        let same = |other: &&Figure| other.what == figure.what && other.engine == figure.engine;
        let mut callers: Vec<usize> = figures.iter().filter(same).map(|figure| figure.callers).collect();
        callers.dedup();
        let by_callers = callers.len() > 1;
        let (axis, x, line) = if figure.what == What::Backlog {
            let waited = u32::try_from(figure.count).unwrap_or(u32::MAX);
            ("settlements that waited", f64::from(waited), format!("{} {} KB", figure.engine, figure.kilobytes))
        } else if by_callers {
            let callers = u32::try_from(figure.callers).unwrap_or(u32::MAX);
            ("callers", f64::from(callers), format!("{} {} KB", figure.engine, figure.kilobytes))
        } else {
            ("KB", f64::from(figure.kilobytes), figure.engine.clone())
        };
        let (_, lines) = drawings.entry(figure.what.to_string()).or_insert((axis, BTreeMap::new()));
        lines.entry(line).or_default().push((x, figure.per_second, figure.limit_per_second));
    }
    drawings.retain(|_, (_, lines)| lines.values().any(|line| line.len() > 1));
    drawings
}

fn svg(name: &str, axis: &str, lines: &BTreeMap<String, Line>) -> String {
    let points = || lines.values().flatten();
    let most = points().map(|(_, rate, limit)| limit.unwrap_or(0.0).max(*rate)).fold(1.0, f64::max);
    let widest = points().map(|(x, ..)| *x).fold(1.0, f64::max);
    // Sizes, callers and backlogs grow by factors: so does the axis.
    let across = |x: f64| MARGIN + (x + 1.0).ln() / (widest + 1.0).ln() * (WIDTH - 2.0 * MARGIN);
    let up = |rate: f64| HEIGHT - MARGIN - rate / most * (HEIGHT - 2.0 * MARGIN);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"11\" role=\"img\" aria-label=\"{name}: per second against {axis}\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"{MARGIN}\" y=\"18\">{name}: per second against {axis}; dashed: the machine's limit</text>\n"
    );
    let bottom = HEIGHT - MARGIN;
    let mut add = |text: std::fmt::Arguments<'_>| out.write_fmt(text).unwrap_or_default();
    add(format_args!(
        "<path d=\"M{MARGIN} {MARGIN}V{bottom}H{:.0}\" stroke=\"#888\" fill=\"none\"/>\n",
        WIDTH - MARGIN
    ));
    add(format_args!("<text x=\"4\" y=\"{:.0}\">{most:.0}</text>\n", MARGIN + 4.0));
    for (number, (label, line)) in lines.iter().enumerate() {
        let colour = COLOURS[number % COLOURS.len()];
        let path = |points: Vec<(f64, f64)>| {
            let points: Vec<String> = points.iter().map(|(x, y)| format!("{:.1},{:.1}", across(*x), up(*y))).collect();
            points.join(" ")
        };
        let own = path(line.iter().map(|(x, rate, _)| (*x, *rate)).collect());
        let limit = path(line.iter().filter_map(|(x, _, limit)| Some((*x, (*limit)?))).collect());
        add(format_args!("<polyline points=\"{own}\" stroke=\"{colour}\" stroke-width=\"2\" fill=\"none\"/>\n"));
        add(format_args!(
            "<polyline points=\"{limit}\" stroke=\"{colour}\" stroke-dasharray=\"4 3\" fill=\"none\"/>\n"
        ));
        for (x, rate, _) in line {
            let (cx, cy) = (across(*x), up(*rate));
            add(format_args!("<circle cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"3\" fill=\"{colour}\"/>\n"));
            add(format_args!("<text x=\"{cx:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{x}</text>\n", bottom + 14.0));
        }
        let y = HEIGHT - 18.0;
        let x = MARGIN + 110.0 * f64::from(u32::try_from(number).unwrap_or(0));
        add(format_args!("<text x=\"{x:.0}\" y=\"{y:.0}\" fill=\"{colour}\">{label}</text>\n"));
    }
    out.push_str("</svg>\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::engine;

    #[test]
    fn a_drawing_has_a_line_per_engine_and_a_point_per_figure() {
        let engine = &engine::asked(None, false).unwrap()[0];
        let figure = |kilobytes| Figure::new(What::Delivery, engine, kilobytes, 16, 10).against(500.0, 1_000.0);
        let drawings = drawings(&[figure(50), figure(200), figure(500)]);
        let (axis, lines) = &drawings["delivery"];
        assert_eq!(*axis, "KB");
        let drawn = svg("delivery", axis, lines);
        assert_eq!(drawn.matches("<circle").count(), 3);
        assert_eq!(drawn.matches("stroke-dasharray").count(), 1);
        assert!(super::drawings(&[figure(50)]).is_empty(), "one point is no line");
    }
}
