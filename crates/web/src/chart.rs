//! Small charts as SVG, drawn on the server: bars and lines.
//!
//! A chart has a title, readable axes and the same numbers in a table below it; colours come from classes, so it
//! follows light, dark and print. Everything is computed in whole numbers.

use askama::Template;

use crate::axis::{Axis, short};
use crate::format::thousands;
use crate::html::{Html, escape};
pub use crate::sparkline::sparkline;

/// For half a page; [`Chart::wide`] is for a whole one. Drawn at its own size, its text is 12 px.
const WIDTH: i64 = 520;
const WIDTH_WIDE: i64 = 1080;
const HEIGHT: i64 = 240;
const LEFT: i64 = 48;
const TOP: i64 = 12;
const BOTTOM: i64 = 28;
const RIGHT: i64 = 8;
const PLOT_HEIGHT: i64 = HEIGHT - TOP - BOTTOM;
/// A day's only hour is a bar too, not a wall.
const BAR_MAX: i64 = 56;

/// How a row of numbers is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawn {
    /// As bars.
    Bars,
    /// As a line.
    Line,
    /// As a dashed line: what it is compared with.
    Dashed,
}

#[derive(Clone, Debug)]
struct Series {
    name: String,
    drawn: Drawn,
    values: Vec<Option<i64>>,
}

/// A chart in the making.
#[derive(Clone, Debug)]
pub struct Chart {
    id: String,
    title: String,
    labels: Vec<String>,
    series: Vec<Series>,
    written: fn(i64) -> String,
    width: i64,
}

impl Chart {
    /// `id` is unique on the page; `labels` stand below the horizontal axis.
    pub fn new<L: Into<String>>(
        id: impl Into<String>,
        title: impl Into<String>,
        labels: impl IntoIterator<Item = L>,
    ) -> Self {
        let labels = labels.into_iter().map(Into::into).collect();
        Self { id: id.into(), title: title.into(), labels, series: Vec::new(), written: thousands, width: WIDTH }
    }

    /// How a number is written in the table: `format::yen` for money.
    #[must_use]
    pub fn written(mut self, written: fn(i64) -> String) -> Self {
        self.written = written;
        self
    }

    /// For the whole width of a page.
    #[must_use]
    pub fn wide(mut self) -> Self {
        self.width = WIDTH_WIDE;
        self
    }

    /// A row of numbers, one a label; `None` where there is none yet.
    #[must_use]
    pub fn series(
        mut self,
        name: impl Into<String>,
        drawn: Drawn,
        values: impl IntoIterator<Item = Option<i64>>,
    ) -> Self {
        self.series.push(Series { name: name.into(), drawn, values: values.into_iter().collect() });
        self
    }

    /// Figure, legend and table.
    pub fn html(&self) -> Html {
        Html::of(Figure { chart: self, axis: Axis::over(self.series.iter().flat_map(|s| s.values.iter().flatten())) })
    }

    fn class(&self) -> &'static str {
        if self.width == WIDTH_WIDE { " wide" } else { "" }
    }

    fn step(&self) -> i64 {
        let plot = self.width - LEFT - RIGHT;
        plot / i64::try_from(self.labels.len().max(1)).unwrap_or(plot).min(plot)
    }

    /// Every how many labels one is written, so that they don't run into each other.
    fn label_every(&self) -> usize {
        let widest = self.labels.iter().map(|label| label.chars().count()).max().unwrap_or(1);
        let needed = i64::try_from(widest).unwrap_or(10) * 12 + 4;
        usize::try_from(needed.div_euclid(self.step().max(1))).unwrap_or(0) + 1
    }
}

#[derive(Template)]
#[template(path = "chart.html")]
struct Figure<'a> {
    chart: &'a Chart,
    axis: Axis,
}

impl Figure<'_> {
    fn y(&self, value: i64) -> i64 {
        TOP + PLOT_HEIGHT - self.axis.above(value, PLOT_HEIGHT)
    }

    fn rows(&self) -> impl Iterator<Item = (usize, &String)> {
        self.chart.labels.iter().enumerate()
    }

    fn grid(&self) -> Html {
        let line = |value: i64| {
            let (y, zero) = (self.y(value), if value == 0 { " zero" } else { "" });
            let text = short(value);
            format!(
                r#"<path class="grid{zero}" d="M{LEFT} {y}H{}"/><text class="y" x="{}" y="{}">{text}</text>"#,
                self.chart.width - RIGHT,
                LEFT - 8,
                y + 4
            )
        };
        Html::trusted(self.axis.ticks().map(line).collect::<String>())
    }

    fn labels(&self) -> Html {
        let (step, every) = (self.chart.step(), self.chart.label_every());
        let label = |(at, label): (i64, &String)| {
            format!(
                r#"<text class="x" x="{}" y="{}">{}</text>"#,
                LEFT + at * step + step / 2,
                HEIGHT - 8,
                escape(label)
            )
        };
        Html::trusted((0..).zip(&self.chart.labels).step_by(every).map(label).collect::<String>())
    }

    fn plots(&self) -> Html {
        let bars = self.chart.series.iter().filter(|s| s.drawn == Drawn::Bars).count();
        let mut bar = 0;
        let mut plots = String::new();
        for (number, series) in self.chart.series.iter().enumerate() {
            if series.drawn == Drawn::Bars {
                plots.push_str(&self.bars(series, number, bar, i64::try_from(bars).unwrap_or(1)));
                bar += 1;
            } else {
                plots.push_str(&self.line(series, number));
            }
        }
        Html::trusted(plots)
    }

    fn bars(&self, series: &Series, number: usize, bar: i64, of: i64) -> String {
        let step = self.chart.step();
        let (group, zero) = ((step * 7 / 10).clamp(1, BAR_MAX * of), self.y(0));
        let width = (group / of).max(1);
        let rect = |(at, value): (i64, &Option<i64>)| {
            let value = (*value)?;
            let (x, y) = (LEFT + at * step + (step - group) / 2 + bar * width, self.y(value));
            let (top, height) = (y.min(zero), (y - zero).abs());
            let tip = self.tip(series, at, value);
            Some(format!(
                r#"<rect x="{x}" y="{top}" width="{width}" height="{height}" rx="2"><title>{tip}</title></rect>"#
            ))
        };
        let rects: String = (0..).zip(&series.values).filter_map(rect).collect();
        format!(r#"<g class="bars s{number}">{rects}</g>"#)
    }

    fn line(&self, series: &Series, number: usize) -> String {
        let class = if series.drawn == Drawn::Dashed { "line dashed" } else { "line" };
        let step = self.chart.step();
        let points =
            (0..).zip(&series.values).map(|(at, v): (i64, _)| v.map(|v| (LEFT + at * step + step / 2, self.y(v))));
        format!(r#"<path class="{class} s{number}" d="{}"/>"#, path(points))
    }

    fn tip(&self, series: &Series, at: i64, value: i64) -> String {
        let label = usize::try_from(at).ok().and_then(|at| self.chart.labels.get(at)).map_or("", String::as_str);
        escape(&format!("{label} {} {}", series.name, (self.chart.written)(value)))
    }

    fn cell(&self, series: &Series, at: usize) -> String {
        series.values.get(at).copied().flatten().map_or_else(|| "―".to_owned(), self.chart.written)
    }

    fn sign(series: &Series) -> &'static str {
        match series.drawn {
            Drawn::Bars => "bars",
            Drawn::Line => "line",
            Drawn::Dashed => "line dashed",
        }
    }
}

/// A path through the points, with a gap where there is none; a point by itself is a dash.
pub(crate) fn path(points: impl Iterator<Item = Option<(i64, i64)>>) -> String {
    let mut d = String::new();
    let mut points = points.peekable();
    let mut pen_down = false;
    while let Some(point) = points.next() {
        if let Some((x, y)) = point {
            let alone = !pen_down && !matches!(points.peek(), Some(Some(_)));
            let part = match (pen_down, alone) {
                (_, true) => format!("M{} {y}h6", x - 3),
                (false, false) => format!("M{x} {y}"),
                (true, false) => format!("L{x} {y}"),
            };
            d.push_str(&part);
        }
        pen_down = point.is_some();
    }
    d
}
