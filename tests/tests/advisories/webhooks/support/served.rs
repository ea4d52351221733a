use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use allocation_counter::measure;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use portcullis_tower::webhook::VerifiedBody;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tower::util::BoxCloneService;
use tower::{Layer, service_fn};

/// A service as a server has it.
pub(crate) type Service = BoxCloneService<Request<Incoming>, Response<Full<Bytes>>, Infallible>;

/// A handler that counts what reaches it, and answers with how long the body was.
#[derive(Clone, Default)]
pub(crate) struct Handled(Arc<AtomicUsize>);

impl Handled {
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// The handler behind a layer.
    pub(crate) fn behind<L, S>(&self, layer: L) -> Service
    where
        L: Layer<Verified, Service = S>,
        S: tower::Service<Request<Incoming>, Response = Response<Full<Bytes>>, Error = Infallible>
            + Clone
            + Send
            + 'static,
        S::Future: Send,
    {
        BoxCloneService::new(layer.layer(self.handler()))
    }

    pub(crate) fn handler(&self) -> Verified {
        let handled = self.clone();
        BoxCloneService::new(service_fn(move |request| handled.clone().handle(request)))
    }

    async fn handle(
        self,
        request: Request<VerifiedBody>,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        self.0.fetch_add(1, Ordering::SeqCst);
        let collected = request.into_body().collect().await?;
        let trailers = collected.trailers().map(|all| format!("{all:?}"));
        let length = collected.to_bytes().len();
        let text = format!("{length} {}", trailers.unwrap_or_default());
        Ok(Response::new(Full::from(text)))
    }
}

/// What is behind a layer of webhooks.
pub(crate) type Verified =
    BoxCloneService<Request<VerifiedBody>, Response<Full<Bytes>>, Infallible>;

/// A server on a free port of this machine; it ends when it is dropped.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    task: JoinHandle<()>,
}

impl Served {
    pub(crate) async fn start(service: Service) -> Self {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let service = TowerToHyperService::new(service.clone());
                let connection = http1::Builder::new();
                tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { address, task }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) fn runtime() -> Runtime {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap()
}

/// Serves one connection on this very thread, which counts every byte that it allocates; the client
/// is on a thread of its own. Gives the most that was held at once, and what the client says.
pub(crate) fn measured<T: Send + 'static>(
    service: Service,
    client: impl FnOnce(SocketAddr) -> T + Send + 'static,
) -> (u64, T) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let runtime = runtime();
    let client = thread::spawn(move || client(address));
    let (stream, _) = listener.accept().unwrap();
    stream.set_nonblocking(true).unwrap();
    let info = measure(|| {
        runtime.block_on(async {
            let stream = tokio::net::TcpStream::from_std(stream).unwrap();
            let service = TowerToHyperService::new(service);
            let connection = http1::Builder::new();
            // It ends as the client or the refusal has it.
            let _ = connection
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    });
    (info.bytes_max, client.join().unwrap())
}
