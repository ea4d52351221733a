//! A TCP proxy in this process.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{Line, Wire};

/// Passes connections on to a server on this machine, and does to them what a [`Wire`] says.
///
/// It stops, with all its connections, when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    wire: watch::Sender<Wire>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Starts on a free port of 127.0.0.1, as a task of the current tokio runtime.
    ///
    /// # Errors
    ///
    /// When no port can be had.
    pub async fn start(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (wire, told) = watch::channel(Wire::default());
        let task = tokio::spawn(accept(listener, server, told));
        Ok(Self {
            address,
            wire,
            task,
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Says what happens to bytes from now on, also on connections that are there already, and to
    /// those that are held.
    pub fn set(&self, wire: Wire) {
        self.wire.send_replace(wire);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, told: watch::Receiver<Wire>) {
    // Its end is the end of all connections: aborting the one task aborts what it has started.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        connections.spawn(connect(client, server, told.clone()));
        while connections.try_join_next().is_some() {}
    }
}

/// Passes one connection on, until one of both sides ends it or it is cut.
async fn connect(client: TcpStream, server: SocketAddr, told: watch::Receiver<Wire>) {
    let Ok(server) = TcpStream::connect(server).await else {
        return;
    };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let there = pass(from_client, to_server, told.clone(), |wire| wire.to_server);
    let back = pass(from_server, to_client, told, |wire| wire.to_client);
    // Both ends of a connection that is cut are dropped with it.
    tokio::select! {
        () = there => {}
        () = back => {}
    }
}

async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut told: watch::Receiver<Wire>,
    line: fn(&Wire) -> Line,
) {
    let (mut buffer, mut place) = (vec![0; 16 * 1024], 0);
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let mut bytes = buffer.get(..length).unwrap_or_default().to_vec();
        let Ok((now, is_new)) = free(&mut told, line).await else {
            return;
        };
        if is_new {
            place = 0;
        }
        if !now.delay.is_zero() {
            tokio::time::sleep(now.delay).await;
        }
        let goes_on = now.alter(&mut bytes, place);
        place = place.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
        if to.write_all(&bytes).await.is_err() || !goes_on {
            return;
        }
    }
}

/// The line as soon as it is not held, and whether it was told anew since the last time.
async fn free(
    told: &mut watch::Receiver<Wire>,
    line: fn(&Wire) -> Line,
) -> Result<(Line, bool), watch::error::RecvError> {
    let mut is_new = told.has_changed()?;
    loop {
        let now = line(&told.borrow_and_update());
        if !now.held {
            return Ok((now, is_new));
        }
        told.changed().await?;
        is_new = true;
    }
}
