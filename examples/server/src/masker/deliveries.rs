//! The latest webhook deliveries, for the portal.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Json;
use portcullis_core::{Clock, Timestamp};
use serde_json::{Value, json};

use crate::extract::iso_8601;

/// How many are remembered.
const MOST: usize = 50;

/// The latest deliveries, the newest first; they end with the process.
#[derive(Clone)]
pub(super) struct Deliveries {
    clock: Arc<dyn Clock>,
    latest: Arc<Mutex<VecDeque<Delivery>>>,
}

struct Delivery {
    at: Timestamp,
    path: String,
    status: StatusCode,
    reason: Option<String>,
}

impl Deliveries {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            latest: Arc::default(),
        }
    }

    pub(super) fn add(&self, path: &str, status: StatusCode, reason: Option<String>) {
        let path = path.chars().take(200).collect();
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        latest.truncate(MOST - 1);
        latest.push_front(Delivery {
            at: self.clock.now(),
            path,
            status,
            reason,
        });
    }

    fn to_json(&self) -> Vec<Value> {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = latest.iter().map(|delivery| {
            json!({
                "at": iso_8601(delivery.at),
                "path": delivery.path,
                "status": delivery.status.as_u16(),
                "reason": delivery.reason,
            })
        });
        shown.collect()
    }
}

/// `GET /api/v1/deliveries`
pub(super) async fn list(State(deliveries): State<Deliveries>) -> Json<Value> {
    Json(json!({ "data": deliveries.to_json(), "next_cursor": null }))
}
