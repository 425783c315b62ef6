"""Measurements that anybody can repeat; they print, and assert nothing."""
