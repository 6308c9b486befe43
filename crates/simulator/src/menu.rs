//! The menus: what each kind of restaurant serves, at which price and cost, and how it is taxed.

use crate::kind::Kind;
use sales::TaxKind;

/// What a guest orders one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Course {
    /// One each.
    Main,
    /// For the table.
    Share,
    /// With it.
    Drink,
    /// With it, and taxed at 10% wherever it is drunk.
    Alcohol,
    /// Sometimes.
    Extra,
}

/// One product of a menu.
pub(crate) struct Dish {
    pub category: &'static str,
    pub course: Course,
    pub name: &'static str,
    pub price: i64,
    pub cost: i64,
}

impl Dish {
    /// 税区分 when taken out: food and soft drinks are 軽減, alcohol never is.
    pub fn takeout(&self) -> TaxKind {
        if self.course == Course::Alcohol { TaxKind::Standard } else { TaxKind::Reduced }
    }
}

const fn dish(category: &'static str, course: Course, name: &'static str, price: i64, cost: i64) -> Dish {
    Dish { category, course, name, price, cost }
}

/// The menu of a kind.
pub(crate) fn menu(kind: Kind) -> &'static [Dish] {
    match kind {
        Kind::Diner => DINER,
        Kind::Cafe => CAFE,
        Kind::Izakaya => IZAKAYA,
    }
}

use Course::{Alcohol, Drink, Extra, Main, Share};

const DINER: &[Dish] = &[
    dish("定食", Main, "日替わり定食", 880, 290),
    dish("定食", Main, "生姜焼き定食", 980, 330),
    dish("定食", Main, "鯖の味噌煮定食", 1_050, 360),
    dish("定食", Main, "チキン南蛮定食", 1_080, 340),
    dish("洋食", Main, "ハンバーグステーキ", 1_280, 430),
    dish("洋食", Main, "オムライス", 1_020, 280),
    dish("洋食", Main, "海老フライ", 1_480, 560),
    dish("洋食", Main, "ビーフカレー", 950, 300),
    dish("単品", Extra, "ミニサラダ", 250, 70),
    dish("単品", Extra, "豚汁変更", 121, 40),
    dish("単品", Extra, "ご飯大盛", 0, 25),
    dish("甘味", Extra, "プリン", 380, 95),
    dish("ソフトドリンク", Drink, "ウーロン茶", 290, 35),
    dish("ソフトドリンク", Drink, "コーラ", 290, 45),
    dish("ソフトドリンク", Drink, "ホットコーヒー", 330, 50),
    dish("アルコール", Alcohol, "生ビール(中)", 580, 190),
    dish("アルコール", Alcohol, "ハイボール", 480, 90),
];

const CAFE: &[Dish] = &[
    dish("コーヒー", Drink, "ブレンドコーヒー", 420, 60),
    dish("コーヒー", Drink, "カフェラテ", 490, 95),
    dish("コーヒー", Drink, "エスプレッソ", 360, 55),
    dish("コーヒー", Drink, "水出しアイスコーヒー", 478, 70),
    dish("ティー", Drink, "ダージリン", 520, 65),
    dish("ティー", Drink, "抹茶ラテ", 560, 120),
    dish("フード", Main, "ハムチーズトースト", 580, 170),
    dish("フード", Main, "アボカドサンド", 780, 260),
    dish("フード", Main, "ナポリタン", 980, 270),
    dish("フード", Main, "季節のキッシュプレート", 1_180, 380),
    dish("スイーツ", Extra, "ガトーショコラ", 520, 150),
    dish("スイーツ", Extra, "チーズケーキ", 550, 160),
    dish("スイーツ", Extra, "焼きたてスコーン", 333, 85),
    dish("物販", Extra, "コーヒー豆 200g", 1_480, 690),
    dish("物販", Extra, "クッキー缶", 1_001, 400),
];

const IZAKAYA: &[Dish] = &[
    dish("お通し", Main, "お通し", 400, 80),
    dish("串焼き", Share, "焼き鳥盛り合わせ(5本)", 980, 320),
    dish("串焼き", Share, "つくね", 280, 85),
    dish("串焼き", Share, "ねぎま", 230, 70),
    dish("刺身", Share, "刺身三点盛り", 1_480, 640),
    dish("刺身", Share, "〆鯖", 780, 290),
    dish("一品", Share, "だし巻き玉子", 620, 130),
    dish("一品", Share, "枝豆", 380, 80),
    dish("一品", Share, "鶏の唐揚げ", 690, 210),
    dish("一品", Share, "もつ煮込み", 580, 170),
    dish("〆", Extra, "焼きおにぎり", 290, 60),
    dish("〆", Extra, "鶏雑炊", 590, 150),
    dish("アルコール", Alcohol, "生ビール", 590, 200),
    dish("アルコール", Alcohol, "レモンサワー", 450, 80),
    dish("アルコール", Alcohol, "ハイボール", 480, 90),
    dish("アルコール", Alcohol, "純米吟醸 一合", 980, 380),
    dish("アルコール", Alcohol, "芋焼酎 グラス", 520, 110),
    dish("ソフトドリンク", Drink, "ウーロン茶", 330, 35),
    dish("ソフトドリンク", Drink, "ジンジャーエール", 330, 45),
];
