//! Every test of the project that stands outside its module, in one binary.

mod definitions;
