"""The targets, one small file each: raw columns and traces in, a number or a reason out."""
