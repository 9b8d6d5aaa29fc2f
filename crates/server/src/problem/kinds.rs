//! The catalogue of problems: every code the interface can answer with, in both languages.

use super::Kind;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $status:literal $code:literal,
        $title_zh:literal / $title_en:literal,
        $detail_zh:literal / $detail_en:literal;)*) => {
        $($(#[$doc])* pub static $name: Kind = Kind {
            code: $code,
            status: $status,
            title: [$title_zh, $title_en],
            detail: [$detail_zh, $detail_en],
        };)*

        /// All of them, for the documentation and its test.
        pub static ALL: &[&Kind] = &[$(&$name),*];
    };
}

kinds! {
    /// The request cannot be understood.
    BAD_REQUEST = 400 "bad-request",
        "请求无法识别" / "The request cannot be understood",
        "请检查参数后重试。" / "Check the parameters and try again.";
    /// A page of another site tried to act in the person's name.
    CROSS_SITE = 403 "cross-site-request",
        "请求来自其他网站" / "The request came from another site",
        "为了安全，只接受从本系统页面发出的操作。请从本系统页面重新操作。"
        / "For safety, changes are accepted only from this system's own pages. Start again from there.";
    /// Nobody is signed in.
    NOT_SIGNED_IN = 401 "not-signed-in",
        "请先登录" / "Sign in first",
        "此内容需要登录后查看。" / "This needs an account.";
    /// The session ended.
    SESSION_EXPIRED = 401 "session-expired",
        "登录已过期" / "The session has ended",
        "请重新登录。未提交的内容仍保留在本页。" / "Sign in again. What was not sent is still on this page.";
    /// Wrong login or password; the same for both.
    SIGN_IN_REFUSED = 401 "sign-in-refused",
        "登录名或密码不正确" / "The login or the password is wrong",
        "请检查后重试。忘记密码请联系管理员。" / "Check both and try again. If the password is lost, ask the administrator.";
    /// An access token that opens nothing.
    TOKEN_REFUSED = 401 "token-refused",
        "访问令牌无效" / "The access token opens nothing",
        "令牌可能已被撤销、已过期或抄写有误。请在账号中另建一个，并更换程序中的地址。"
        / "It may have been revoked, have expired or be miscopied. Make another one and change the address in the program.";
    /// More tokens than an account may have.
    TOO_MANY_TOKENS = 409 "too-many-tokens",
        "访问令牌太多" / "There are too many access tokens",
        "每个账号最多 50 个，请先撤销不用的。" / "An account may have 50: revoke those that are no longer used.";
    /// Too many attempts.
    TOO_MANY_ATTEMPTS = 429 "too-many-attempts",
        "尝试次数过多" / "Too many attempts",
        "请稍后再试。" / "Try again later.";
    /// Too many requests at once for a bounded pool.
    BUSY = 503 "busy",
        "系统繁忙" / "The server is busy",
        "请稍后再试。" / "Try again in a moment.";
    /// Plain HTTP from another machine.
    SIGN_IN_NEEDS_TLS = 403 "sign-in-needs-tls",
        "需要加密连接才能登录" / "Signing in needs an encrypted connection",
        "当前通过未加密的 HTTP 从另一台设备访问，密码可能被他人看到，因此不能登录。请让管理员用 --lan 或证书启动，再用 https:// 打开。"
        / "This device reaches the server by plain HTTP, where others could read the password, so signing in is refused. Ask the administrator to start it with --lan or a certificate, then open it by https://.";
    /// The account's role does not allow it.
    NOT_ALLOWED = 403 "not-allowed",
        "没有权限" / "Not allowed",
        "您的账号不能进行此操作。" / "Your account may not do this.";
    /// Imagery jobs are for planners.
    PLANNERS_ONLY = 403 "planners-only",
        "影像任务由规划人员运行" / "Imagery jobs are run by planners",
        "您的账号是村镇干部账号，可以查看图层、核查图斑；如需运行影像任务，请联系规划人员或管理员。"
        / "Your account is an official's: it may see layers and check patches. Ask a planner or the administrator to run a job.";
    /// The job's state does not allow it.
    JOB_STATE = 409 "job-state",
        "任务的状态不允许此操作" / "The job's state does not allow this",
        "任务可能已被他人停止或已经结束，请刷新后再看。" / "Somebody may have stopped it, or it has ended: reload and look again.";
    /// A recipe that cannot be run as it is written.
    RECIPE_WRONG = 422 "recipe-wrong",
        "配方有误" / "The recipe is wrong",
        "请按所指的行和键修改后再试；没有提交任何任务。"
        / "Mend it at the line and key that are named, and send it again. No job was made.";
    /// A recipe that is right and cannot be done with what there is.
    JOB_NOT_POSSIBLE = 422 "job-not-possible",
        "这个任务做不了" / "The job cannot be done",
        "现有的影像做不出这个配方要的结果。" / "What the recipe wants cannot be made of the images there are.";
    /// An input of a process that is missing, unknown or of another kind.
    INPUT_WRONG = 400 "input-wrong",
        "输入有误" / "An input is wrong",
        "请对照处理过程的说明检查输入。" / "Compare the inputs with the description of the process.";
    /// The job has no results yet.
    RESULT_NOT_READY = 404 "result-not-ready",
        "还没有结果" / "There are no results yet",
        "任务完成后一次发布全部结果，请稍后再取。" / "Everything is published when the job is done: ask again later.";
    /// The job failed: there are no results and will be none unless it is retried.
    JOB_FAILED = 500 "job-failed",
        "任务失败" / "The job failed",
        "没有发布任何结果，请看任务的日志。" / "Nothing was published: see the job's log.";
    /// No such thing, or not one this person may see.
    NOT_FOUND = 404 "not-found",
        "没有找到" / "Not found",
        "内容不存在，或不在您的管辖范围内。" / "There is no such thing, or it is not in your areas.";
    /// No such layer, or not one this person may see.
    UNKNOWN_LAYER = 404 "unknown-layer",
        "没有这个图层" / "No such layer",
        "图层不存在，或您不能查看。" / "The layer does not exist, or you may not see it.";
    /// No such base map, or not one this person may see.
    UNKNOWN_BASE_MAP = 404 "unknown-base-map",
        "没有这个底图" / "No such base map",
        "底图没有配置，或您不能查看。" / "The base map is not configured, or you may not see it.";
    /// The outside host of a base map does not answer as it should.
    BASE_MAP_UNREACHABLE = 502 "base-map-unreachable",
        "底图暂时无法获取" / "The base map cannot be reached",
        "提供底图的外部服务没有正常应答，其他图层不受影响。如长时间如此，请联系管理员。"
        / "The outside host of the base map does not answer as it should; every other layer works. If it goes on, tell the administrator.";
    /// The layer has no such date.
    UNKNOWN_DATE = 404 "unknown-date",
        "没有这个日期" / "No such date",
        "图层没有这一天的影像，请从日期列表中选择。" / "The layer has no image of that day: choose one of its dates.";
    /// Zoom, column or row outside what exists.
    TILE_OUT_OF_RANGE = 404 "tile-out-of-range",
        "瓦片超出范围" / "The tile is out of range",
        "缩放级别或行列号不在此图层的范围内。" / "The zoom, column or row is outside this layer.";
    /// The table behind a layer has changed, has gone or is too slow.
    TABLE_UNREADABLE = 503 "table-unreadable",
        "图层的数据表无法读取" / "The table behind the layer cannot be read",
        "数据表已删除、改动或查询太慢，请联系规划人员重新发布此图层。" / "It has changed, has gone, or is too slow: a planner publishes the layer again.";
    /// Method not known for this path.
    METHOD_NOT_ALLOWED = 405 "method-not-allowed",
        "不支持的操作" / "Method not allowed",
        "此地址不支持该操作。" / "This address does not support that method.";
    /// Same id, other content.
    CONFLICT = 409 "conflict",
        "内容冲突" / "The contents conflict",
        "同一编号已有不同内容。" / "Something else is already stored under this id.";
    /// A state that cannot follow the present one.
    TRANSITION_NOT_ALLOWED = 409 "transition-not-allowed",
        "状态不能这样变更" / "The state cannot change like this",
        "事件的状态可能已被他人更新，请刷新后再试。" / "Somebody may have changed it meanwhile: reload and try again.";
    /// A refusal without a reason.
    NOTE_REQUIRED = 422 "note-required",
        "请填写理由" / "A reason is needed",
        "不予受理时必须写明理由，村民会看到。" / "A refusal must say why: the villager will read it.";
    /// A field of a form is missing or wrong.
    INVALID_FIELD = 422 "invalid-field",
        "填写有误" / "A field is wrong",
        "请检查填写的内容。" / "Check what was filled in.";
    /// A report's id is no UUID.
    ID_NOT_VALID = 422 "id-not-valid",
        "编号无效" / "The id is not valid",
        "上报编号须为 UUID，请刷新页面后重试。" / "The report's id must be a UUID: reload the page and try again.";
    /// No category.
    SERVICE_MISSING = 422 "service-missing",
        "请选择类别" / "Choose a category",
        "请选择一种事件类别。" / "Choose what the report is about.";
    /// No such category.
    UNKNOWN_SERVICE = 422 "unknown-service",
        "没有这个类别" / "No such category",
        "类别不存在，请从列表中选择。" / "The category does not exist: choose one of the list.";
    /// Neither words nor a photo.
    NOTHING_SAID = 422 "nothing-said",
        "请写几句话或拍一张照片" / "Write a few words or take a photo",
        "文字和照片至少要有一样。" / "At least one of words and photo is needed.";
    /// Too many characters.
    DESCRIPTION_TOO_LONG = 422 "description-too-long",
        "描述太长" / "The description is too long",
        "描述最多 2000 字，请缩短。" / "The description may have 2000 characters: shorten it.";
    /// No place.
    PLACE_MISSING = 422 "place-missing",
        "请标出位置" / "Mark the place",
        "请使用手机定位，或在地图上点选位置。" / "Use the phone's position, or pick the place on the map.";
    /// Longitude or latitude is no number.
    PLACE_NOT_A_NUMBER = 422 "place-not-a-number",
        "位置无法识别" / "The place cannot be read",
        "经度和纬度须为以度为单位的数字。" / "Longitude and latitude must be numbers in degrees.";
    /// Beyond the globe.
    PLACE_OUT_OF_RANGE = 422 "place-out-of-range",
        "位置不在地球上" / "The place is not on the earth",
        "经度须在 ±180、纬度须在 ±90 以内，是否写反了？" / "Longitude lies within ±180 and latitude within ±90: were they swapped?";
    /// Unknown source of a place.
    PLACE_SOURCE_UNKNOWN = 422 "place-source-unknown",
        "位置来源无法识别" / "The source of the place is not known",
        "位置来源须为 gps、map、list 或 typed。" / "place_source must be gps, map, list or typed.";
    /// A place in no area.
    OUTSIDE_SERVED_AREAS = 422 "outside-served-areas",
        "位置不在服务范围内" / "The place is outside the areas served here",
        "该位置不属于本系统服务的任何村。请检查位置；如确实在那里，请联系当地村委会。您写的内容没有丢失。"
        / "The place is in none of the villages served here. Check it; if it is right, tell the office of that place. What was written is not lost.";
    /// No telephone number.
    PHONE_NOT_VALID = 422 "phone-not-valid",
        "电话号码有误" / "The phone number is wrong",
        "电话号码应为 7 到 15 位数字，也可以不填。" / "A phone number has 7 to 15 digits; it may also be left out.";
    /// Too many photos.
    TOO_MANY_PHOTOS = 422 "too-many-photos",
        "照片太多" / "Too many photos",
        "最多三张照片。" / "At most three photos.";
    /// A photo of too many bytes.
    PHOTO_TOO_LARGE = 422 "photo-too-large",
        "照片太大" / "A photo is too large",
        "每张照片不超过 12 MB、5000 万像素，请换一张或缩小后重试。" / "A photo may have 12 MB and 50 megapixels: choose another or make it smaller.";
    /// A photo of too many pixels.
    PHOTO_TOO_MANY_PIXELS = 422 "photo-too-many-pixels",
        "照片像素太多" / "A photo has too many pixels",
        "每张照片不超过 5000 万像素，请缩小后重试。" / "A photo may have 50 megapixels: make it smaller.";
    /// A format of some phones.
    PHOTO_HEIC = 422 "photo-heic",
        "照片是 HEIC 格式" / "A photo is in HEIC format",
        "请在手机相机设置中选择“兼容性最佳”（JPEG）后重新拍摄。" / "Choose “most compatible” (JPEG) in the phone's camera settings and take it again.";
    /// No photo at all.
    PHOTO_NOT_READABLE = 422 "photo-not-readable",
        "照片无法读取" / "A photo cannot be read",
        "文件已损坏或不是照片（支持 JPEG、PNG、WebP），请换一张。" / "The file is damaged or not a photo (JPEG, PNG, WebP): choose another.";
    /// The body is larger than allowed.
    TOO_LARGE = 413 "too-large",
        "内容过大" / "The request is too large",
        "请减少照片数量或大小后重试。" / "Send fewer or smaller photos.";
    /// The request took too long.
    TIMED_OUT = 503 "timed-out",
        "处理超时" / "It took too long",
        "请稍后再试；网络不好时可先保存，稍后自动发送。" / "Try again later; on a weak network it can be kept and sent later.";
    /// Ours.
    INTERNAL = 500 "internal-error",
        "系统内部错误" / "Something failed on the server",
        "不是您的问题。请稍后再试，如仍出错请联系管理员。" / "It was not you. Try again later, and tell the administrator if it goes on.";
    /// The database does not answer.
    NOT_READY = 503 "not-ready",
        "系统尚未就绪" / "Not ready",
        "数据库或存储暂不可用。" / "The database or the object store does not answer.";
}

/// The kind of a code, if there is one.
pub fn by_code(code: &str) -> Option<&'static Kind> {
    ALL.iter().copied().find(|kind| kind.code == code)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::ALL;

    #[test]
    fn codes_are_unique_and_every_text_is_there() {
        let codes: HashSet<_> = ALL.iter().map(|kind| kind.code).collect();
        assert_eq!(codes.len(), ALL.len());
        for kind in ALL {
            for text in kind.title.iter().chain(&kind.detail) {
                assert!(!text.trim().is_empty(), "{} lacks words", kind.code);
            }
            assert!((400..600).contains(&kind.status), "{}", kind.code);
        }
    }
}
