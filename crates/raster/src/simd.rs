//! The same arithmetic with the widest registers the processor has.
//!
//! Loops are written once, in plain Rust, and compiled twice. Rust never fuses a product and a sum
//! by itself, so both give the same bits: what a machine stores does not depend on its processor.

/// Calls an `#[inline(always)]` function of arguments by name, compiled for AVX2 where the processor
/// has it: `widest!(function(argument: Type, …))`, or of one type, `widest!(function<T: Bound>(…))`.
macro_rules! widest {
    ($function:ident$(<$of:ident: $bound:path>)?($($argument:ident: $type:ty),* $(,)?)) => {{
        #[cfg(target_arch = "x86_64")]
        {
            #[target_feature(enable = "avx2")]
            fn wide$(<$of: $bound>)?($($argument: $type),*) {
                $function($($argument),*);
            }
            if std::arch::is_x86_feature_detected!("avx2") {
                // SAFETY: the processor has AVX2, as was just asked.
                return unsafe { wide($($argument),*) };
            }
        }
        $function($($argument),*)
    }};
}

pub(crate) use widest;
