//! One name for a settlement in every log from the till to the report: W3C Trace Context, whose trace id has the
//! sixteen bytes that a settlement's UUID has. The till makes that UUID, everybody stores it anyway, and a revision is
//! the same trace; so nothing else has to be carried, stored or lost.

use sales::SettlementId;
use std::fmt;
use uuid::Uuid;

/// The header that carries it.
pub const HEADER: &str = "traceparent";

/// A settlement's name in logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trace(Uuid);

impl Trace {
    /// A settlement's.
    pub fn of(settlement: SettlementId) -> Self {
        Self(settlement.0)
    }

    /// The one in a header; none where it is not of the form `00-…-…-..`. What comes from outside is never logged as it
    /// is written.
    pub fn read(header: &str) -> Option<Self> {
        let (version, rest) = header.split_once('-')?;
        let (trace, rest) = rest.split_once('-')?;
        let (span, flags) = rest.split_once('-')?;
        let hex = |text: &str, digits: usize| {
            text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        let formed = version == "00" && hex(trace, 32) && hex(span, 16) && hex(flags, 2);
        let id = Uuid::try_parse(trace).ok().filter(|id| formed && !id.is_nil())?;
        Some(Self(id))
    }

    /// The header of a request about an event of this settlement.
    pub fn header(self, event: Uuid) -> String {
        let (span, _) = event.as_u64_pair();
        // A span of zeros is none.
        format!("00-{self}-{:016x}-01", span.max(1))
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.simple().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_reads_back_and_nothing_else_is_believed() {
        let settlement = SettlementId(Uuid::from_u128(0xfeed));
        let header = Trace::of(settlement).header(Uuid::from_u128(7 << 64));
        assert_eq!(header, "00-0000000000000000000000000000feed-0000000000000007-01");
        assert_eq!(Trace::read(&header), Some(Trace::of(settlement)));
        assert!(Trace::of(settlement).header(Uuid::nil()).contains("-0000000000000001-"));
        let nobody = format!("00-{:032}-{:016}-01", 0, 1);
        for wrong in
            ["", "00", "00-x-y-01", &header[1..], &header.replace("00-", "01-"), &header.to_uppercase(), &nobody]
        {
            assert_eq!(Trace::read(wrong), None, "{wrong}");
        }
    }
}
