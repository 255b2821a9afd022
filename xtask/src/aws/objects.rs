//! S3, as far as it holds a function's code.

use super::{Aws, AwsError, Service, authorization};

impl Aws {
    /// Makes a bucket unless it is there.
    pub fn make_bucket(&self, bucket: &str) -> Result<(), AwsError> {
        match self.put("CreateBucket", bucket, &[]) {
            Err(error) if error.says("BucketAlready") => Ok(()),
            other => other,
        }
    }

    /// Puts an object.
    pub fn put_object(&self, bucket: &str, key: &str, bytes: &[u8]) -> Result<(), AwsError> {
        self.put("PutObject", &format!("{bucket}/{key}"), bytes)
    }

    /// Where an object is.
    pub fn object_url(&self, bucket: &str, key: &str) -> String {
        format!("{}/{bucket}/{key}", self.endpoint)
    }

    fn put(&self, action: &'static str, path: &str, bytes: &[u8]) -> Result<(), AwsError> {
        let unreachable = |error| AwsError::unreachable(action, error);
        let url = format!("{}/{path}", self.endpoint);
        let sent = self.agent.put(&url).header("Authorization", authorization(Service::S3)).send(bytes);
        let mut reply = sent.map_err(unreachable)?;
        if reply.status().is_success() {
            return Ok(());
        }
        let text = reply.body_mut().read_to_string().map_err(unreachable)?;
        let xml = super::Xml::new(text);
        let code = xml.text("Code").unwrap_or_default();
        Err(AwsError::refused(
            action,
            reply.status().as_u16(),
            &code,
            &xml.text("Message").unwrap_or_default(),
        ))
    }
}
