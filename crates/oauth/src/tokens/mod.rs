//! Tokens of the provider, for applications that go on using them.

mod memory;
mod renew;
mod sealed;
mod store;
mod token;
mod vault;

pub use memory::MemoryTokenStore;
pub use store::{DynTokenStore, Lock, Swap, TokenStore};
pub use token::{AccessToken, ProviderTokens, RefreshToken};
pub use vault::TokenVault;
