//! How far the work is, for those who watch.

use std::fmt;

use uuid::Uuid;

use crate::Error;

/// A part of the work.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Opening files and recognising what they are.
    Look,
    /// Reading the features of a file.
    Features,
    /// Reading one band into its COG.
    Band {
        /// Its role.
        role: String,
    },
    /// Making a picture.
    Picture,
    /// Computing an index.
    Index {
        /// Its name.
        name: String,
    },
    /// Drawing contours.
    Contours,
    /// Computing statistics by village.
    Statistics,
    /// Writing to the database.
    Record,
    /// A chunk of a job.
    Chunk {
        /// The job.
        job: Uuid,
        /// The stage of its plan.
        stage: i32,
        /// Which one of the stage.
        position: i32,
    },
}

impl fmt::Display for Stage {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Look => to.write_str("识别文件 Looking at the files"),
            Self::Features => to.write_str("读取要素 Reading the features"),
            Self::Band { role } => write!(to, "读取波段 Reading band {role}"),
            Self::Picture => to.write_str("合成真彩色 Making the picture"),
            Self::Index { name } => write!(to, "计算指数 Computing {name}"),
            Self::Contours => to.write_str("绘制等高线 Drawing contours"),
            Self::Statistics => to.write_str("逐村统计 Statistics by village"),
            Self::Chunk {
                job,
                stage,
                position,
            } => write!(
                to,
                "任务 {job} 第 {stage} 阶段第 {position} 块 Chunk {position} of stage {stage} of this job"
            ),
            Self::Record => to.write_str("入库 Recording"),
        }
    }
}

/// Somebody who watches. Called from several threads, often: be quick.
pub trait Progress: Send + Sync {
    /// A part of the work begins.
    fn stage(&self, stage: &Stage);
    /// `done` of `total` of the part are done (rows, areas).
    fn advance(&self, done: u64, total: u64);
    /// Something the work needs does not answer and is waited for; with `None` the work goes on.
    fn waits_for(&self, _what: Option<&Error>) {}
}

/// Nobody watches.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _stage: &Stage) {}
    fn advance(&self, _done: u64, _total: u64) {}
}
