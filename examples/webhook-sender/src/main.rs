//! Sends an event: `example-webhook-sender http://localhost:3000/webhook evt_1 '{"type":"paid"}'`.
//!
//! `WEBHOOK_SECRET` is the secret that is shared with the receiver, such as
//! `whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD`. Send the same id again, and it is taken once.

use std::time::Duration;

use example_webhook_sender::Sender;
use portcullis::tower::webhook::sign::DeliveryId;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [url, id, event] = arguments.as_slice() else {
        return Err("give a url, an id and an event".into());
    };
    let secret = std::env::var("WEBHOOK_SECRET")?;
    let sender = Sender::new(&secret, Duration::from_secs(2))?;
    let event = event.clone().into();
    let status = sender
        .send(&url.parse()?, &DeliveryId::new(id)?, event)
        .await?;
    println!("{status}");
    Ok(())
}
