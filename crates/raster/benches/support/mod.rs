//! Whole programs through the public interface, as a job works them: part by part, packed, joined.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use raster::cog::part::{PartGrid, assemble, encode};
use raster::cog::{BlockCache, CogError, CogReader, FileSource};
use raster::pipeline::{Program, run};
use rayon::prelude::*;

pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Bytes of unpacked blocks that sources keep.
const CACHE: usize = 256 << 20;

/// Makes every output of a program, `FOLDER/NAME.tif`, and says how long it took and what it held.
pub fn work(program: &Program, folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    let started = Instant::now();
    let cache = Arc::new(BlockCache::new(CACHE));
    let readers = open_all(program, &cache)?;
    let open = |source: &str| -> Result<Arc<CogReader>, CogError> {
        let found = readers.iter().find(|(name, _)| name == source);
        let reader = found.map(|(_, reader)| Arc::clone(reader));
        reader.ok_or_else(|| CogError::Missing(source.to_owned()))
    };
    let grid = PartGrid::of(&program.outputs[0].options);
    for index in 0..grid.count() {
        let blocks = run(program, &open, grid.window(index), &|| false)?;
        let pairs = program.outputs.par_iter().zip(blocks);
        pairs.try_for_each(|(output, block)| -> Result<(), Failure> {
            let part = encode(&output.options, index, &block.samples)?;
            Ok(std::fs::write(
                folder.join(format!("{}.{index}", output.name)),
                part,
            )?)
        })?;
    }
    let worked = started.elapsed().as_secs_f64();
    for output in &program.outputs {
        let name = |index: u32| folder.join(format!("{}.{index}", output.name));
        let out = File::create(folder.join(format!("{}.tif", output.name)))?;
        let mut out = BufWriter::with_capacity(1 << 20, out);
        let part = |index| Ok(Arc::new(FileSource::new(File::open(name(index))?)?) as Arc<_>);
        assemble(&output.options, part, folder, &mut out)?;
        out.flush()?;
        for index in 0..grid.count() {
            std::fs::remove_file(name(index))?;
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    let memory = peak_memory().unwrap_or_default();
    writeln!(
        std::io::stdout(),
        "{seconds:.2} s ({worked:.2} s before parts are joined), {memory}, {} blocks unpacked",
        cache.unpacked()
    )?;
    Ok(())
}

fn open_all(
    program: &Program,
    cache: &Arc<BlockCache>,
) -> Result<Vec<(String, Arc<CogReader>)>, Failure> {
    let mut readers: Vec<(String, Arc<CogReader>)> = Vec::new();
    for look in program.inputs.iter().flat_map(|input| &input.looks) {
        let bands = look.bands.iter().map(|band| &band.source);
        for source in bands.chain(look.mask.iter().map(|mask| &mask.source)) {
            if !readers.iter().any(|(name, _)| name == source) {
                let reader = CogReader::open_path(Path::new(source))?;
                let reader = reader.with_cache(Arc::clone(cache));
                readers.push((source.clone(), Arc::new(reader)));
            }
        }
    }
    Ok(readers)
}

/// The most memory this process held, as the system tells it.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    Some(line.split_whitespace().collect::<Vec<_>>().join(" "))
}
