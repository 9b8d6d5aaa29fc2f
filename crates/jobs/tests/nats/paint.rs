//! A toy craft whose parts and whose end have known bytes.

use std::io::Write as _;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt as _};
use jobs::engine::{Craft, Prepared, Stop};
use jobs::{Error, Result, Workshop};
use objects::PartName;
use serde_json::json;
use store::chunk::{Claim, Outcome};
use store::job_output::{Kind, Output};
use store::publication::Publication;
use uuid::Uuid;

/// Chunks of the first stage; the second has one.
pub const CHUNKS: u32 = 24;

const PART: usize = 50_000;

/// Stores a part in every chunk of the first stage and joins them in the second.
#[derive(Default)]
pub struct Paint {
    /// The chunk that cannot be done.
    pub poison: Option<i32>,
}

/// What the chunk at a position comes to.
fn part(position: i32) -> Vec<u8> {
    let mut state = u64::from(position.unsigned_abs()) + 1;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 56) as u8
    };
    (0..PART).map(|_| next()).collect()
}

/// What the job comes to.
pub fn whole() -> Vec<u8> {
    (0..CHUNKS as i32).flat_map(part).collect()
}

fn name(job: Uuid, stage: i32, position: i32) -> PartName {
    PartName::new(&job.to_string(), &format!("{stage}-{position}.part")).unwrap()
}

impl Craft for Paint {
    fn work(&self, shop: &Workshop, chunk: &Claim, stop: &Stop) -> Result<Outcome> {
        for _ in 0..10 {
            if stop.is_set() {
                return Err(Error::Stopped);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        if chunk.stage == 0 && self.poison == Some(chunk.position) {
            return Err(Error::NoBands);
        }
        let bytes = if chunk.stage == 0 {
            part(chunk.position)
        } else {
            join(shop, chunk.job)?
        };
        let name = name(chunk.job, chunk.stage, chunk.position);
        shop.objects.put_part(&name, &bytes)?;
        Ok(Outcome {
            result: json!(name.as_str()),
            bytes_read: 0,
            bytes_written: bytes.len() as u64,
        })
    }

    fn publication<'a>(&'a self, shop: &'a Workshop, job: Uuid) -> BoxFuture<'a, Result<Prepared>> {
        async move {
            let mut prepared = Prepared::new(&shop.objects);
            let whole = read(shop, &name(job, 1, 0))?;
            let mut object = shop.objects.create("txt")?;
            object.write_all(&whole).unwrap();
            let object = prepared.keep(object)?;
            let output = Output {
                name: "whole.txt".to_owned(),
                kind: Kind::Table,
                layer_id: None,
                object: Some(object.to_string()),
                title_zh: String::new(),
                title_en: String::new(),
                details: json!(null),
            };
            Ok(prepared.with(Publication {
                outputs: vec![output],
                ..Publication::default()
            }))
        }
        .boxed()
    }

    fn clean_up<'a>(&'a self, shop: &'a Workshop, job: Uuid) -> BoxFuture<'a, ()> {
        async move { shop.objects.remove_parts(&job.to_string()).unwrap() }.boxed()
    }
}

fn join(shop: &Workshop, job: Uuid) -> Result<Vec<u8>> {
    let parts = (0..CHUNKS as i32).map(|position| read(shop, &name(job, 0, position)));
    Ok(parts.collect::<Result<Vec<_>>>()?.concat())
}

fn read(shop: &Workshop, name: &PartName) -> Result<Vec<u8>> {
    let source = shop.objects.part(name)?;
    let mut bytes = vec![0; source.length() as usize];
    let read = source.read_at(0, &mut bytes);
    read.map_err(|error| match error.downcast() {
        Ok(error) => Error::Objects(error),
        Err(error) => panic!("{name}: {error}"),
    })?;
    Ok(bytes)
}
