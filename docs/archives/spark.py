"""Analyses captures with keepwatch on Spark's executors, and asks docs/archives/queries.sql of the result (docs/archives.md).

    spark-submit --master 'local[4]' docs/archives/spark.py --shards 4 captures/*.pcap

Each task runs `keepwatch replay CAPTURE --json --shard K/N`: the captures and keepwatch must be found by the same path on every executor.
"""
import argparse, json, pathlib, re, subprocess

from pyspark.sql import SparkSession
from pyspark.sql.types import (
    ArrayType, BooleanType, DoubleType, LongType, StringType, StructField, StructType, TimestampType)

DOCS = pathlib.Path(__file__).resolve().parent.parent


def column_type(schema):
    """A key's type, as docs/json-schema.json has it."""
    kinds = schema.get("type", [])
    kind = next((kind for kind in ([kinds] if isinstance(kinds, str) else kinds) if kind != "null"), "string")
    if kind == "array":
        return ArrayType(column_type(schema["items"]))
    if schema.get("format") == "date-time":
        return TimestampType()
    return {"integer": LongType(), "number": DoubleType(), "boolean": BooleanType()}.get(kind, StringType())


def line_type():
    """A column for each key of any event."""
    events = json.loads((DOCS / "json-schema.json").read_text())["anyOf"]
    keys = {key: schema for event in events for key, schema in event["properties"].items()}
    return StructType([StructField(key, column_type(schema)) for key, schema in sorted(keys.items())])


def queries():
    text = (DOCS / "archives/queries.sql").read_text()
    return re.findall(r"^-- name: (\w+)\n(.*?);$", text, re.M | re.S)


def analyse(keepwatch, shards):
    """What a task does with a capture and a shard's number: the lines of that shard."""

    def run(task):
        capture, shard = task
        words = [keepwatch, "replay", capture, "--json", "--shard", f"{shard}/{shards}"]
        result = subprocess.run(words, capture_output=True, text=True)
        # Status 1: the capture could not be read to its end; what was read is told all the same.
        if result.returncode not in (0, 1):
            raise RuntimeError(f"{' '.join(words)}: {result.stderr}")
        return result.stdout.splitlines()

    return run


def lines(spark, captures, shards, keepwatch="keepwatch"):
    """The lines of all captures, as text, each task's beside each other."""
    tasks = [(capture, shard) for capture in captures for shard in range(1, shards + 1)]
    return spark.sparkContext.parallelize(tasks, len(tasks)).flatMap(analyse(keepwatch, shards))


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--shards", type=int, default=4, help="into how many parts each capture's connections fall")
    words.add_argument("--keepwatch", default="keepwatch", help="the program, on every executor")
    words.add_argument("captures", nargs="+")
    options = words.parse_args()
    # keepwatch's times are UTC.
    spark = SparkSession.builder.appName("keepwatch").config("spark.sql.session.timeZone", "UTC").getOrCreate()
    text = lines(spark, options.captures, options.shards, options.keepwatch)
    spark.read.schema(line_type()).json(text).cache().createOrReplaceTempView("lines")
    for name, query in queries():
        print(name)
        spark.sql(query).show(20, truncate=False)


if __name__ == "__main__":
    main()
