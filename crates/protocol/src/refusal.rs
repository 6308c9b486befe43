//! The one form of every refusal: what it is called, what is wrong, which rule says so, what to do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `{"error": {…}}`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refusal {
    /// What is wrong.
    pub error: RefusalBody,
}

/// Why a request was refused. Nothing was changed by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RefusalBody {
    /// A stable name, e.g. `invariant.rate.tax`.
    pub code: String,
    /// What is wrong, with the values that are.
    pub message: String,
    /// The rule that it breaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The way out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Every broken invariant, each with the two numbers that disagree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<Broken>,
}

/// One broken invariant of a refused settlement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Broken {
    /// The invariant's stable name.
    pub invariant: String,
    /// Where.
    pub place: String,
    /// What the document says.
    pub stated: i64,
    /// What follows from the rest of the document.
    pub computed: i64,
}

impl From<&sales::Violation> for Broken {
    fn from(v: &sales::Violation) -> Self {
        Self {
            invariant: v.invariant.name().to_owned(),
            place: v.place.clone(),
            stated: v.stated,
            computed: v.computed,
        }
    }
}
