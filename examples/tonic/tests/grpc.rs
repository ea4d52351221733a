//! The example over a real channel.

use example_tonic::account::account_client::AccountClient;
use example_tonic::visits::visits_client::VisitsClient;
use example_tonic::{Name, Nothing};
use tokio::net::TcpListener;
use tonic::metadata::MetadataMap;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Response};

/// A client that holds the session cookie, as long as it is told to.
struct Client {
    visits: VisitsClient<Channel>,
    account: AccountClient<Channel>,
    cookie: Option<String>,
}

impl Client {
    /// Starts a server of its own.
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        tokio::spawn(example_tonic::serve(listener));
        let endpoint = Endpoint::try_from(format!("http://{address}")).expect("an address");
        let channel = endpoint.connect().await.expect("it listens");
        Self {
            visits: VisitsClient::new(channel.clone()),
            account: AccountClient::new(channel),
            cookie: None,
        }
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        if let Some(cookie) = &self.cookie {
            let cookie = cookie.parse().expect("visible ASCII");
            request.metadata_mut().insert("cookie", cookie);
        }
        request
    }

    fn take<T>(&mut self, response: Response<T>) -> T {
        self.take_cookie(response.metadata());
        response.into_inner()
    }

    fn take_cookie(&mut self, metadata: &MetadataMap) {
        let Some(line) = metadata.get("set-cookie") else {
            return;
        };
        let line = line.to_str().expect("visible ASCII");
        let cookie = line.split(';').next().unwrap_or_default().to_owned();
        self.cookie = (!line.contains("Max-Age=0")).then_some(cookie);
    }

    async fn count(&mut self) -> u32 {
        let request = self.request(Nothing {});
        let response = self
            .visits
            .count(request)
            .await
            .expect("visits are open to all");
        self.take(response).count
    }

    async fn log_in(&mut self, name: &str) -> Result<Nothing, Code> {
        let request = self.request(Name { name: name.into() });
        let response = self.visits.log_in(request).await;
        response
            .map(|response| self.take(response))
            .map_err(|status| status.code())
    }

    async fn who_am_i(&mut self) -> Result<String, Code> {
        let request = self.request(Nothing {});
        let response = self.account.who_am_i(request).await;
        response
            .map(|response| self.take(response).name)
            .map_err(|status| status.code())
    }
}

#[tokio::test]
async fn visits_are_counted_and_survive_the_login() {
    let mut client = Client::new().await;
    assert_eq!((client.count().await, client.count().await), (1, 2));
    assert_eq!(client.log_in("ada").await, Ok(Nothing {}));
    assert_eq!(client.count().await, 3);
}

#[tokio::test]
async fn strangers_are_refused_with_a_status() {
    let mut client = Client::new().await;
    let request = client.request(Nothing {});
    let status = client.account.who_am_i(request).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    assert_eq!(status.message(), "Sign in to continue.");
    // A visitor's session is not a user's.
    client.count().await;
    assert_eq!(client.who_am_i().await, Err(Code::Unauthenticated));
    assert_eq!(client.log_in("two words").await, Err(Code::InvalidArgument));
}

#[tokio::test]
async fn s23_a_cookie_is_of_no_use_after_the_logout() {
    let mut client = Client::new().await;
    client.log_in("ada").await.unwrap();
    assert_eq!(client.who_am_i().await.as_deref(), Ok("ada"));
    let kept = client.cookie.clone();

    let request = client.request(Nothing {});
    let response = client.visits.log_out(request).await.unwrap();
    client.take(response);
    assert_eq!(client.cookie, None);
    client.cookie = kept;
    assert_eq!(client.who_am_i().await, Err(Code::Unauthenticated));
}
