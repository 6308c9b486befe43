//! What a button of the bill stands for, parsed at the edge: `add:…`, `quantity:3:2`, `off:all:…` and so on.

use sales::{ImportCode, LineKind, ProductId, Service};
use std::str::FromStr;

/// One button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Add(ProductId),
    Quantity(u32, i64),
    Serve(u32, Service),
    ServeAll(Service),
    /// 値引 or 割引 on an item, or on the whole.
    Off(Option<u32>, ImportCode),
    Unoff(Option<u32>, usize),
    Sit,
    /// Money that is no turnover.
    Receive(LineKind),
}

/// No button of ours says that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoWish;

impl FromStr for Wish {
    type Err = NoWish;

    fn from_str(text: &str) -> Result<Self, NoWish> {
        let words: Vec<&str> = text.split(':').collect();
        match words[..] {
            ["add", id] => Ok(Self::Add(read(id)?)),
            ["quantity", no, quantity] => Ok(Self::Quantity(read(no)?, read(quantity)?)),
            ["serve", "all", service] => Ok(Self::ServeAll(served(service)?)),
            ["serve", no, service] => Ok(Self::Serve(read(no)?, served(service)?)),
            ["off", on, code] => Ok(Self::Off(target(on)?, read(code)?)),
            ["unoff", on, nth] => Ok(Self::Unoff(target(on)?, read(nth)?)),
            ["sit"] => Ok(Self::Sit),
            ["receive", "gift_card"] => Ok(Self::Receive(LineKind::GiftCard)),
            ["receive", "deposit"] => Ok(Self::Receive(LineKind::Deposit)),
            ["receive", "credit_collection"] => Ok(Self::Receive(LineKind::CreditCollection)),
            _ => Err(NoWish),
        }
    }
}

fn read<T: FromStr>(text: &str) -> Result<T, NoWish> {
    text.parse().map_err(|_| NoWish)
}

fn target(text: &str) -> Result<Option<u32>, NoWish> {
    if text == "all" { Ok(None) } else { read(text).map(Some) }
}

fn served(text: &str) -> Result<Service, NoWish> {
    match text {
        "eat_in" => Ok(Service::EatIn),
        "takeout" => Ok(Service::Takeout),
        _ => Err(NoWish),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buttons_are_read_and_nothing_else() {
        let id = "00000000-0000-0000-0000-000000000051";
        assert_eq!(format!("add:{id}").parse(), Ok(Wish::Add(id.parse().unwrap())));
        assert_eq!("quantity:3:0".parse(), Ok(Wish::Quantity(3, 0)));
        assert_eq!("serve:all:takeout".parse(), Ok(Wish::ServeAll(Service::Takeout)));
        assert_eq!("serve:2:eat_in".parse(), Ok(Wish::Serve(2, Service::EatIn)));
        let code: ImportCode = "70000000000000000001".parse().unwrap();
        assert_eq!("off:all:70000000000000000001".parse(), Ok(Wish::Off(None, code)));
        assert_eq!("unoff:2:1".parse(), Ok(Wish::Unoff(Some(2), 1)));
        assert_eq!("sit".parse(), Ok(Wish::Sit));
        assert_eq!("receive:deposit".parse(), Ok(Wish::Receive(LineKind::Deposit)));
        for odd in [
            "",
            "add",
            "add:x",
            "quantity:x:1",
            "serve:1:home",
            "off:all:1E+19",
            "sit:1",
            "receive:sale",
            "quantity:1:2:3",
        ] {
            assert_eq!(odd.parse::<Wish>(), Err(NoWish), "{odd}");
        }
    }
}
