/// Writes the named verbs of a `SessionStore` that only passes them on to `self.store`.
macro_rules! forward {
    ($($verb:ident)+) => {
        $(crate::answers::support::forward!(@$verb);)+
    };
    (@create) => {
        async fn create(
            &self,
            record: portcullis_session::Record,
            replaces: Option<&portcullis_core::Digest>,
            cap: Option<std::num::NonZeroU32>,
            now: portcullis_core::Timestamp,
        ) -> Result<portcullis_session::Created, portcullis_core::StoreError> {
            self.store.create(record, replaces, cap, now).await
        }
    };
    (@load) => {
        async fn load(
            &self,
            key: &portcullis_core::Digest,
            renewal: portcullis_session::Renewal,
            now: portcullis_core::Timestamp,
        ) -> Result<portcullis_session::Lookup, portcullis_core::StoreError> {
            self.store.load(key, renewal, now).await
        }
    };
    (@update) => {
        async fn update(
            &self,
            key: &portcullis_core::Digest,
            expected: u64,
            change: portcullis_session::Change,
            now: portcullis_core::Timestamp,
        ) -> Result<portcullis_session::Updated, portcullis_core::StoreError> {
            self.store.update(key, expected, change, now).await
        }
    };
    (@rotate) => {
        async fn rotate(
            &self,
            key: &portcullis_core::Digest,
            rotation: portcullis_session::Rotation,
            now: portcullis_core::Timestamp,
        ) -> Result<portcullis_session::Rotated, portcullis_core::StoreError> {
            self.store.rotate(key, rotation, now).await
        }
    };
    (@delete) => {
        async fn delete(
            &self,
            key: &portcullis_core::Digest,
            now: portcullis_core::Timestamp,
        ) -> Result<bool, portcullis_core::StoreError> {
            self.store.delete(key, now).await
        }
    };
    (@list) => {
        async fn list(
            &self,
            subject: &portcullis_core::SubjectId,
            now: portcullis_core::Timestamp,
        ) -> Result<Vec<portcullis_session::Loaded>, portcullis_core::StoreError> {
            self.store.list(subject, now).await
        }
    };
    (@revoke) => {
        async fn revoke(
            &self,
            subject: &portcullis_core::SubjectId,
            which: portcullis_session::Revoke,
            now: portcullis_core::Timestamp,
        ) -> Result<u64, portcullis_core::StoreError> {
            self.store.revoke(subject, which, now).await
        }
    };
    (@purge) => {
        async fn purge(
            &self,
            limit: std::num::NonZeroU32,
            now: portcullis_core::Timestamp,
        ) -> Result<u32, portcullis_core::StoreError> {
            self.store.purge(limit, now).await
        }
    };
}

pub(crate) use forward;
