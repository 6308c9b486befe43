//! What kind of restaurant it is: when people come, how many, how long they stay and how prices read.

use sales::{Rounding, TaxMode};

/// A kind of restaurant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// 定食・洋食: lunch and dinner, families at the weekend, prices with tax.
    Diner,
    /// カフェ: all day, much takeout at 8%, prices with tax.
    Cafe,
    /// 居酒屋: evening until 26時, groups, split bills, tax added.
    Izakaya,
}

/// The habits of a kind's guests. All shares are in percent.
pub(crate) struct Habits {
    /// Weight of each business hour, from 0時 to 29時.
    pub hours: [u32; 30],
    /// Parties of a whole day, Monday to Sunday.
    pub parties: [u32; 7],
    /// Weight of parties of 1, 2, 3 … guests.
    pub party_sizes: [u32; 8],
    /// Minutes at the table, from and to.
    pub stay_minutes: (i64, i64),
    /// Parties that take everything out.
    pub takeout: u32,
    /// Eat-in checks with something for the way home: 10% and 8% on one check.
    pub takeout_besides: u32,
    /// Parties of three and more that split the bill.
    pub split: u32,
    /// Checks with an ad medium.
    pub media: u32,
    /// Tables.
    pub tables: u32,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Diner, Self::Cafe, Self::Izakaya];

    /// 内税 or 外税, as such a restaurant prints its menu.
    pub fn tax_mode(self) -> TaxMode {
        if self == Self::Izakaya { TaxMode::Added } else { TaxMode::Included }
    }

    /// 端数処理
    pub fn rounding(self) -> Rounding {
        match self {
            Self::Diner => Rounding::HalfUp,
            Self::Cafe | Self::Izakaya => Rounding::Down,
        }
    }

    /// A name for a seed's restaurant.
    pub(crate) fn name(self, seed: u64) -> String {
        const PLACES: [&str; 12] =
            ["渋谷", "新宿", "池袋", "上野", "恵比寿", "中野", "吉祥寺", "横浜", "川崎", "大宮", "千葉", "立川"];
        let nth = usize::try_from(seed % 12).unwrap_or(0);
        let style = match self {
            Self::Diner => "ひだまり食堂",
            Self::Cafe => "カフェ・ミナモ",
            Self::Izakaya => "炭火居酒屋 ともしび",
        };
        let branch = if seed < 12 { String::new() } else { format!("第{}", seed / 12 + 1) };
        format!("{style} {}{branch}店", PLACES[nth])
    }

    pub(crate) fn habits(self) -> Habits {
        match self {
            Self::Diner => Habits {
                hours: peaks(&[(11, 12), (12, 30), (13, 18), (14, 5), (17, 6), (18, 16), (19, 18), (20, 10), (21, 4)]),
                parties: [70, 72, 70, 75, 90, 120, 110],
                party_sizes: [40, 30, 12, 12, 3, 2, 1, 0],
                stay_minutes: (20, 60),
                takeout: 8,
                takeout_besides: 6,
                split: 12,
                media: 10,
                tables: 24,
            },
            Self::Cafe => Habits {
                hours: peaks(&[
                    (7, 8),
                    (8, 14),
                    (9, 8),
                    (10, 8),
                    (11, 10),
                    (12, 18),
                    (13, 15),
                    (14, 14),
                    (15, 16),
                    (16, 10),
                    (17, 7),
                    (18, 6),
                    (19, 4),
                    (20, 2),
                ]),
                parties: [110, 105, 108, 110, 125, 150, 140],
                party_sizes: [58, 32, 6, 4, 0, 0, 0, 0],
                stay_minutes: (5, 75),
                takeout: 38,
                takeout_besides: 8,
                split: 25,
                media: 4,
                tables: 18,
            },
            Self::Izakaya => Habits {
                hours: peaks(&[
                    (17, 6),
                    (18, 10),
                    (19, 18),
                    (20, 22),
                    (21, 22),
                    (22, 16),
                    (23, 12),
                    (24, 6),
                    (25, 4),
                    (26, 1),
                ]),
                parties: [32, 34, 36, 42, 72, 78, 38],
                party_sizes: [8, 34, 18, 20, 8, 6, 3, 3],
                stay_minutes: (60, 150),
                takeout: 1,
                takeout_besides: 3,
                split: 30,
                media: 30,
                tables: 20,
            },
        }
    }
}

fn peaks(weights: &[(usize, u32)]) -> [u32; 30] {
    let mut hours = [0; 30];
    for (hour, weight) in weights {
        hours[*hour] = *weight;
    }
    hours
}
