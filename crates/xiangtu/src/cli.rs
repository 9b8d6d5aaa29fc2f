//! The commands and their options, as clap reads them.

use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand};

/// 乡图 Xiangtu: satellite imagery and e-maps become village layers; villagers' reports find their place.
#[derive(Debug, Parser)]
#[command(
    name = "xiangtu",
    version,
    max_term_width = 100,
    propagate_version = true
)]
pub struct Cli {
    /// Folder of the database, the objects and the keys 数据目录
    /// [default: /var/lib/xiangtu as root, else ~/.local/share/xiangtu]
    #[arg(long, env = "XIANGTU_HOME", global = true, value_name = "DIR")]
    pub home: Option<PathBuf>,

    /// PostgreSQL with PostGIS to use in place of the private one 外部数据库
    #[arg(
        long,
        env = "DATABASE_URL",
        global = true,
        value_name = "URL",
        hide_env_values = true
    )]
    pub database_url: Option<String>,

    /// 对象(影像、照片)存放处 Where imagery and photos are kept: a folder, or `s3://bucket/prefix`
    /// with the usual AWS_* variables (default: in the data folder).
    #[arg(
        long = "objects",
        env = "XIANGTU_OBJECTS",
        global = true,
        value_name = "PLACE"
    )]
    pub objects: Option<String>,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// One thing a person asks of the program.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start everything: database, migrations, demo village if empty, web pages 启动
    Up(Up),
    /// Work a recipe: a season of scenes becomes layers, ledgers and tables 运行配方
    ///
    /// Run it again after an interruption and it goes on where it stood.
    Run(Run),
    /// Look after jobs: list (also without a word), show, cancel, retry, delete 任务
    Jobs {
        /// What to do.
        #[command(subcommand)]
        action: Option<Jobs>,
    },
    /// The recipes that come with the program, and the schema of all 配方
    #[command(subcommand)]
    Recipe(Recipe),
    /// Do chunks of jobs that another machine leads 工作节点
    ///
    /// Needs the same database (--database-url) and the same objects (--objects s3://…) as the
    /// machine where `xiangtu up --nats …` runs. Start it on as many machines as you like.
    Worker(Worker),
    /// Bring in administrative areas and other vector data 导入
    #[command(subcommand)]
    Import(Import),
    /// Take layers along: tiles of a village or township in one file 导出
    #[command(subcommand)]
    Export(Export),
    /// Bring in a satellite or aerial scene 导入影像
    Ingest(Ingest),
    /// Make a layer from a scene, or of a table of the database, and publish it 发布图层
    #[command(subcommand)]
    Layer(Layer),
    /// Show what is in the catalogue 查看目录
    #[command(subcommand)]
    List(List),
    /// Accounts of officials, planners and administrators 账号
    #[command(subcommand)]
    User(User),
    /// Write database, objects and keys to a new folder 备份
    Backup {
        /// Folder to make; it must not exist yet.
        dir: PathBuf,
    },
    /// Read a backup into an empty home 恢复
    Restore {
        /// A folder that `xiangtu backup` wrote.
        dir: PathBuf,
        /// Replace what the home holds now.
        #[arg(long)]
        replace: bool,
    },
}

/// `xiangtu up`
#[derive(Debug, Args)]
pub struct Up {
    /// Address and port to listen on 监听地址
    #[arg(
        long,
        env = "XIANGTU_LISTEN",
        default_value = "127.0.0.1:8080",
        value_name = "ADDRESS"
    )]
    pub listen: SocketAddr,

    /// Serve the local network over TLS with an authority of our own 局域网模式
    #[arg(long, conflicts_with_all = ["certificate", "key"])]
    pub lan: bool,

    /// Host name that phones and offices use (repeatable; with --lan) 主机名
    #[arg(long = "name", value_name = "HOST", requires = "lan")]
    pub names: Vec<String>,

    /// TLS certificate chain (PEM) 证书
    #[arg(long, value_name = "FILE", requires = "key")]
    pub certificate: Option<PathBuf>,

    /// TLS private key (PEM) 私钥
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub key: Option<PathBuf>,

    /// Do not make the demo village in an empty database 不生成示范村
    #[arg(long)]
    pub no_demo: bool,

    /// File of base maps from outside hosts, such as Tianditu; see data/base-maps.toml 外部底图
    /// [default: base-maps.toml in the data folder; without it no outside host is asked]
    #[arg(long, env = "XIANGTU_BASE_MAPS", value_name = "FILE")]
    pub base_maps: Option<PathBuf>,

    /// Memory for finished tiles, in MB; 0 keeps none 成品瓦片缓存
    #[arg(
        long,
        env = "XIANGTU_TILE_CACHE",
        value_name = "MB",
        default_value_t = 128
    )]
    pub tile_cache: u32,

    /// Memory for unpacked pixels that neighbouring tiles share, in MB 像元缓存
    #[arg(
        long,
        env = "XIANGTU_BLOCK_CACHE",
        value_name = "MB",
        default_value_t = 96
    )]
    pub block_cache: u32,

    /// NATS server with `JetStream` that brings chunks to `xiangtu worker`s 任务队列
    #[arg(long, env = "XIANGTU_NATS", value_name = "URL", hide_env_values = true)]
    pub nats: Option<String>,

    /// Memory for the features that vector tiles are drawn from, in MB 矢量要素内存
    #[arg(
        long,
        env = "XIANGTU_FEATURE_MEMORY",
        default_value_t = 256,
        value_name = "MB"
    )]
    pub feature_memory: u64,

    /// Memory for vector tiles that were drawn, in MB; 0 draws each anew 矢量瓦片缓存
    #[arg(
        long,
        env = "XIANGTU_VECTOR_TILE_MEMORY",
        default_value_t = 64,
        value_name = "MB"
    )]
    pub vector_tile_memory: u64,
}

/// `xiangtu worker`
#[derive(Debug, Args)]
pub struct Worker {
    /// NATS server with `JetStream`, e.g. <nats://10.0.0.5:4222> 任务队列
    #[arg(long, env = "XIANGTU_NATS", value_name = "URL", hide_env_values = true)]
    pub nats: String,

    /// A word for people that tells this worker from others 名称
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
}

/// `xiangtu import …`
#[derive(Debug, Subcommand)]
pub enum Import {
    /// Administrative areas from any vector file GDAL reads 行政区
    Areas(ImportAreas),
    /// Points, lines and polygons as a layer of their own 要素
    ///
    /// Run it again with a newer file: features are known again by their key, and nothing doubles.
    Features(ImportFeatures),
    /// An e-map (roads, water, buildings, names …) from an `OpenStreetMap` extract 电子地图
    ///
    /// It becomes the base map of the pages, and of other programs at /styles/emap.json.
    Emap(ImportEmap),
    /// Terrain shading and contours of the e-map from an elevation model 地形
    ///
    /// Heights become a layer too. Run it again with another model and it replaces what was there.
    Relief(ImportRelief),
    /// A tile archive (`PMTiles`, `MBTiles`) as a layer: pictures, or vector tiles 瓦片包
    ///
    /// Its tiles are served as they are, in every grid; a newer file replaces the older.
    Tiles(ImportTiles),
}

/// `xiangtu import tiles`
#[derive(Debug, Args)]
pub struct ImportTiles {
    /// The archive: .pmtiles or .mbtiles
    pub file: PathBuf,

    /// The layer.
    #[command(flatten)]
    pub layer: FileLayer,

    /// The day pictures show [default: today] 日期
    #[arg(long, value_name = "DATE")]
    pub date: Option<NaiveDate>,
}

/// The layer that a file becomes.
#[derive(Debug, Args)]
pub struct FileLayer {
    /// Layer to make or to update: a-z, 0-9 and - [default: from the file's name]
    #[arg(long, value_name = "ID")]
    pub layer_id: Option<String>,

    /// Chinese title 标题
    #[arg(long, value_name = "TITLE")]
    pub title: Option<String>,

    /// English title
    #[arg(long, value_name = "TITLE")]
    pub title_en: Option<String>,

    /// Who may see it [default: officials]
    #[arg(long, value_parser = ["public", "village", "officials"])]
    pub audience: Option<String>,

    /// Area the layer is for [default: the smallest one around it]
    #[arg(long, value_name = "CODE")]
    pub area: Option<String>,

    /// Who made the data, shown on the map
    #[arg(long)]
    pub attribution: Option<String>,
}

/// `xiangtu import features`
#[derive(Debug, Args)]
pub struct ImportFeatures {
    /// `OpenStreetMap` extract (.osm.pbf), Shapefile (.shp), `GeoPackage`, `FileGDB` (.gdb), KML,
    /// CSV with coordinates, `GeoJSON`, `GeoParquet`, `FlatGeobuf`
    pub file: PathBuf,

    /// The layer.
    #[command(flatten)]
    pub layer: FileLayer,

    /// Layer of the file, where it holds several
    #[arg(long, value_name = "NAME")]
    pub source_layer: Option<String>,

    /// Field by which features are known again 主键
    /// [default: the id in OSM extracts; else the file replaces what was in the layer]
    #[arg(long, value_name = "FIELD")]
    pub key: Option<String>,

    /// Remove what is in the layer and not in the file
    #[arg(long)]
    pub replace: bool,

    /// Coordinate system, e.g. EPSG:4524, where the file does not say 坐标系
    #[arg(long, value_name = "CRS")]
    pub crs: Option<String>,

    /// Character set of the attributes of a Shapefile or CSV, e.g. GBK [default: detected]
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<String>,

    /// Column of a CSV with the longitude or easting [default: found by its usual names]
    #[arg(long, value_name = "FIELD", requires = "y")]
    pub x: Option<String>,

    /// Column of a CSV with the latitude or northing
    #[arg(long, value_name = "FIELD", requires = "x")]
    pub y: Option<String>,

    /// The file was drawn on a Chinese web map: shift its coordinates back 坐标纠偏
    #[arg(long, value_parser = ["gcj02", "bd09"])]
    pub from: Option<String>,
}

/// `xiangtu import emap`
#[derive(Debug, Args)]
pub struct ImportEmap {
    /// `OpenStreetMap` extract: .osm.pbf or .osm
    pub file: PathBuf,

    /// Who may see it [default: public]
    #[arg(long, value_parser = ["public", "village", "officials"])]
    pub audience: Option<String>,

    /// Area the e-map is for [default: the smallest one around all of it]
    #[arg(long, value_name = "CODE")]
    pub area: Option<String>,

    /// Keep what other extracts brought, rather than replace it
    #[arg(long)]
    pub add: bool,
}

/// `xiangtu import relief`
#[derive(Debug, Args)]
pub struct ImportRelief {
    /// Elevation model, or several that lie side by side (`GeoTIFF`, JPEG 2000, ENVI …), or their folder
    #[arg(required = true)]
    pub files: Vec<PathBuf>,

    /// Metres from one contour to the next [default: what suits the land] 等高距
    #[arg(long, value_name = "METRES", allow_negative_numbers = true)]
    pub interval: Option<f64>,

    /// Value that means "no data" [default: from the files]
    #[arg(long, allow_negative_numbers = true)]
    pub nodata: Option<f64>,

    /// Who may see it [default: public]
    #[arg(long, value_parser = ["public", "village", "officials"])]
    pub audience: Option<String>,

    /// Area the relief is for [default: that of the e-map, else the largest one it touches]
    #[arg(long, value_name = "CODE")]
    pub area: Option<String>,

    /// Who made the model, shown on the map
    #[arg(long)]
    pub attribution: Option<String>,

    /// The day of the model [default: today] 日期
    #[arg(long, value_name = "DATE")]
    pub date: Option<NaiveDate>,
}

/// `xiangtu import areas`
#[derive(Debug, Args)]
pub struct ImportAreas {
    /// `GeoJSON`, Shapefile (.shp), `GeoPackage`, `FlatGeobuf`, KML …
    pub file: PathBuf,

    /// Layer of the file, where it holds several
    #[arg(long, value_name = "NAME")]
    pub layer: Option<String>,

    /// Level of the areas, where the file does not say [default: village]
    #[arg(long, value_parser = ["province", "city", "county", "township", "village", "group"])]
    pub level: Option<String>,

    /// Field with the code (统计用区划代码) [default: found by its usual names]
    #[arg(long, value_name = "FIELD")]
    pub code_field: Option<String>,

    /// Field with the Chinese (or only) name
    #[arg(long, value_name = "FIELD")]
    pub name_field: Option<String>,

    /// Field with the English name
    #[arg(long, value_name = "FIELD")]
    pub name_en_field: Option<String>,

    /// Field with the code of the parent area
    #[arg(long, value_name = "FIELD")]
    pub parent_field: Option<String>,

    /// Parent of all areas in the file
    #[arg(long, value_name = "CODE", conflicts_with = "parent_field")]
    pub parent: Option<String>,

    /// Character set of the attributes, e.g. GBK [default: detected]
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<String>,

    /// Coordinate system, e.g. EPSG:4524, where the file does not say
    #[arg(long, value_name = "CRS")]
    pub crs: Option<String>,
}

/// `xiangtu export …`
#[derive(Debug, Subcommand)]
pub enum Export {
    /// Tiles of a layer, or of several vector layers, as `PMTiles` or `MBTiles` 瓦片包
    ///
    /// Run it again after an interruption and it goes on where it stopped.
    Tiles(ExportTiles),
}

/// `xiangtu export tiles`
#[derive(Debug, Args)]
pub struct ExportTiles {
    /// Layer (`xiangtu list layers`); several vector layers with commas 图层
    #[arg(value_name = "LAYER[,LAYER…]")]
    pub layers: String,

    /// File to make: its ending says which kind, .pmtiles or .mbtiles 输出文件
    #[arg(value_name = "OUT")]
    pub out: PathBuf,

    /// Only what lies over this area [default: all of the layers] 行政区
    #[arg(long, value_name = "CODE", conflicts_with = "bounds")]
    pub area: Option<String>,

    /// Only what lies over these degrees 经纬度范围
    #[arg(
        long,
        value_name = "WEST,SOUTH,EAST,NORTH",
        value_delimiter = ',',
        allow_hyphen_values = true
    )]
    pub bounds: Vec<f64>,

    /// First and last zoom, e.g. 8-16 [default: a picture's own; 0-14 for vector layers] 缩放级别
    #[arg(long, value_name = "FIRST-LAST")]
    pub zooms: Option<String>,

    /// Day of the pictures [default: the newest] 日期
    #[arg(long)]
    pub date: Option<NaiveDate>,

    /// Encoding of pictures 图片格式
    #[arg(long, default_value = "webp", value_parser = ["webp", "png"])]
    pub format: String,

    /// Also layers that are not for everybody; whoever has the file sees them 含非公开图层
    #[arg(long)]
    pub not_public: bool,
}

/// `xiangtu ingest`
#[derive(Debug, Args)]
pub struct Ingest {
    /// One multi-band file, several files of one band each, or a product folder
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,

    /// Name of the scene in the catalogue [default: from the product's name]
    #[arg(long)]
    pub id: Option<String>,

    /// Day of acquisition, YYYY-MM-DD [default: from the file name]
    #[arg(long)]
    pub date: Option<NaiveDate>,

    /// Sensor, e.g. sentinel-2b, landsat-8 [default: from the file name]
    #[arg(long)]
    pub sensor: Option<String>,

    /// Roles of the bands in order, e.g. red,green,blue,nir,scl [default: from descriptions and names]
    #[arg(long, value_delimiter = ',', value_name = "ROLE")]
    pub bands: Vec<String>,

    /// Value that means "no data" [default: from the file, else the product's convention]
    #[arg(long, allow_negative_numbers = true)]
    pub nodata: Option<f64>,

    /// Share of cloud, 0 to 1 [default: from the cloud mask or classification]
    #[arg(long, value_name = "SHARE")]
    pub cloud_share: Option<f64>,

    /// Area the scene belongs to [default: the largest area it touches]
    #[arg(long, value_name = "CODE")]
    pub area: Option<String>,
}

/// `xiangtu layer …`
#[derive(Debug, Subcommand)]
pub enum Layer {
    /// A true-colour picture of the scene 真彩色
    TrueColour(Publish),
    /// A normalised difference (a − b) / (a + b) of two bands 指数
    Index {
        /// ndvi, ndwi, mndwi, ndbi, ndmi, nbr or ndsi
        #[arg(long, default_value = "ndvi", conflicts_with = "bands")]
        index: String,
        /// Any two bands by role, e.g. nir,red
        #[arg(long, value_delimiter = ',', value_name = "A,B")]
        bands: Vec<String>,
        /// Leave out what the scene's own classification or mask calls cloud 去云
        #[arg(long)]
        hide_clouds: bool,
        /// The layer.
        #[command(flatten)]
        publish: Publish,
    },
    /// Drawn from the scene's bands when somebody looks; stores nothing 即时渲染
    ///
    /// Instead of a scene, the address of a GeoTIFF that stays where it is: https://… or s3://…; its bands
    /// are b1, b2, … or what it calls them.
    #[command(group = clap::ArgGroup::new("drawn").required(true))]
    Live {
        /// Red, green and blue from any three bands by role, e.g. nir,red,green 波段合成
        #[arg(long, value_delimiter = ',', value_name = "R,G,B", group = "drawn")]
        bands: Vec<String>,
        /// The values that become black and white [default: measured on each band] 拉伸
        #[arg(
            long,
            value_delimiter = ',',
            allow_hyphen_values = true,
            value_name = "LOW,HIGH",
            requires = "bands"
        )]
        stretch: Vec<f32>,
        /// Brighter mid-tones above 1 [default: 1.4] 伽马
        #[arg(long, requires = "bands")]
        gamma: Option<f64>,
        /// A known index: ndvi, ndwi, … 指数
        #[arg(long, group = "drawn")]
        index: Option<String>,
        /// Any formula over bands by role, e.g. '(nir - red) / (nir + red)' 公式
        #[arg(long, group = "drawn", value_name = "TEXT")]
        formula: Option<String>,
        /// The layer.
        #[command(flatten)]
        publish: Publish,
    },
    /// A table or view of the database, which somebody else keeps: drawn as it is at the time 数据表
    ///
    /// Run it again when its columns or its extent changed. Whoever may see the layer sees every
    /// row of the table.
    Table(PublishTable),
    /// Takes layers away with their dates and features; scenes, tables and files stay 删除图层
    Remove {
        /// Layers, as `xiangtu list layers` names them 图层
        #[arg(required = true, value_name = "ID")]
        layers: Vec<String>,
    },
}

/// `xiangtu layer table`
#[derive(Debug, Args)]
pub struct PublishTable {
    /// Table or view, with its schema where several have the name 表或视图
    #[arg(value_name = "[SCHEMA.]TABLE")]
    pub table: String,

    /// Layer to make or to update: a-z, 0-9 and -
    #[arg(long, value_name = "ID")]
    pub id: String,

    /// Chinese title [default: the table's name] 标题
    #[arg(long, value_name = "TITLE")]
    pub title: Option<String>,

    /// English title
    #[arg(long, value_name = "TITLE")]
    pub title_en: Option<String>,

    /// Who may see it [default: officials]
    #[arg(long, value_parser = ["public", "village", "officials"])]
    pub audience: Option<String>,

    /// Area the layer is for [default: the smallest one around all of it]
    #[arg(long, value_name = "CODE")]
    pub area: Option<String>,

    /// Column with the shapes, where there are several 几何列
    #[arg(long, value_name = "COLUMN")]
    pub geometry: Option<String>,

    /// Column by which rows are told apart [default: the primary key] 主键
    #[arg(long, value_name = "COLUMN")]
    pub key: Option<String>,

    /// Columns that tiles carry [default: all but shapes and raw bytes] 字段
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub columns: Option<Vec<String>>,

    /// Who made the data, shown on the map
    #[arg(long)]
    pub attribution: Option<String>,
}

/// How a layer is published.
#[derive(Debug, Args)]
pub struct Publish {
    /// Scene in the catalogue (`xiangtu list scenes`)
    pub scene: String,

    /// Layer to make, or to add this date to [default: made from kind and area]
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,

    /// Chinese title
    #[arg(long, value_name = "TITLE")]
    pub title: Option<String>,

    /// English title
    #[arg(long, value_name = "TITLE")]
    pub title_en: Option<String>,

    /// Style: greenness, water, change, built-up or elevation [default: fits the index]
    #[arg(long)]
    pub style: Option<String>,

    /// Light and shade over the colours.
    #[command(flatten)]
    pub hillshade: Shade,

    /// Who may see it [default: officials]
    #[arg(long, value_parser = ["public", "village", "officials"])]
    pub audience: Option<String>,

    /// Area the layer is published for [default: the scene's]
    #[arg(long, value_name = "CODE")]
    pub area: Option<String>,

    /// Day shown on the map [default: the scene's]
    #[arg(long)]
    pub date: Option<NaiveDate>,

    /// Who made the data, shown on the map
    #[arg(long)]
    pub attribution: Option<String>,
}

/// Light and shade over the colours of a layer.
#[derive(Debug, Args)]
pub struct Shade {
    /// Light and shade over the colours, of the heights of this layer or scene; `self` where the layer
    /// itself shows heights 晕渲
    #[arg(long, value_name = "HEIGHTS")]
    pub hillshade: Option<String>,

    /// How strong, 0 to 1 [default: 0.5]
    #[arg(long, value_name = "SHARE", requires = "hillshade")]
    pub hillshade_strength: Option<f64>,

    /// Where the light comes from, degrees clockwise from north [default: 315]
    #[arg(long, value_name = "DEGREES", requires = "hillshade")]
    pub azimuth: Option<f64>,

    /// How high it stands, degrees [default: 45]
    #[arg(long, value_name = "DEGREES", requires = "hillshade")]
    pub altitude: Option<f64>,

    /// How much higher the land is shown than it is [default: 1]
    #[arg(long, value_name = "TIMES", requires = "hillshade")]
    pub z_factor: Option<f64>,
}

/// `xiangtu list …`
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum List {
    /// Administrative areas
    Areas,
    /// Scenes
    Scenes,
    /// Layers with their dates
    Layers,
    /// Address of the database, for psql
    Database,
}

/// `xiangtu user …`
#[derive(Debug, Subcommand)]
pub enum User {
    /// Add an account; its password is asked for, or read from standard input.
    /// The first real administrator takes the place of the demo accounts
    Add {
        /// Name to sign in with
        login: String,
        /// Name shown to others
        #[arg(long)]
        name: Option<String>,
        /// What the person may do
        #[arg(long, default_value = "official", value_parser = ["administrator", "planner", "official"])]
        role: String,
        /// Area the person works for (repeatable; not for administrators)
        #[arg(long = "area", value_name = "CODE")]
        areas: Vec<String>,
    },
    /// Let an account sign in no longer; what it did stays on record
    Disable {
        /// Name the person signs in with
        login: String,
    },
    /// Show the accounts
    List,
}

/// `xiangtu run`
#[derive(Debug, Args)]
pub struct Run {
    /// A recipe: a YAML file, or the name of one that comes with the program
    pub recipe: String,

    /// Only say what it would take 只估算
    #[arg(long = "dry-run")]
    pub only_estimate: bool,

    /// The area it is for, in place of the recipe's own
    #[arg(long, value_name = "CODE")]
    pub area: Option<String>,

    /// Let workers on other machines do the chunks; `xiangtu up --nats …` leads the job
    #[arg(long)]
    pub workers: bool,
}

/// `xiangtu jobs …`
#[derive(Debug, Subcommand)]
pub enum Jobs {
    /// The newest jobs
    List {
        /// How many
        #[arg(long, default_value_t = 20)]
        most: u16,
    },
    /// One job: how far it is, what came of it, its log
    Show {
        /// The job's id, or its beginning
        id: String,
    },
    /// Stop a job; what is done is kept
    Cancel {
        /// The job's id, or its beginning
        id: String,
    },
    /// Queue a job again that failed or was cancelled; what is done stays done
    Retry {
        /// The job's id, or its beginning
        id: String,
    },
    /// Forget a job that has ended; its layers stay, its tables go
    Delete {
        /// The job's id, or its beginning
        id: String,
    },
}

/// `xiangtu recipe …`
#[derive(Debug, Subcommand)]
pub enum Recipe {
    /// The recipes that come with the program
    List,
    /// One of them, to be kept in a file and changed
    Show {
        /// Its name
        name: String,
    },
    /// The JSON Schema of recipes, for editors
    Schema,
    /// Read a recipe and say what is wrong with it
    Check {
        /// A YAML file
        file: PathBuf,
    },
}
