# The image of the Action, and of `docker run`: the confiture binary beside a PostgreSQL server.
# The server is in the image, so a run starts nothing beside it and needs no network and no socket of the engine's.
#
#   docker build -t confiture .                            PostgreSQL 17
#   docker build -t confiture:16 --build-arg PG_MAJOR=16 . another major

ARG PG_MAJOR=17

FROM rust:1-trixie AS builder
# pg_query compiles the server's own parser and binds to it: a C compiler is in the base, libclang is not.
RUN apt-get update \
 && apt-get install -y --no-install-recommends libclang-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /build
ENV CARGO_PROFILE_RELEASE_STRIP=symbols
# Tests of the image try what is in it and not how fast that is: they build in half of the time with less of this.
ARG CARGO_PROFILE_RELEASE_LTO=thin
ARG CARGO_PROFILE_RELEASE_OPT_LEVEL=3

# Dependencies are a layer of their own: built once against an empty crate, kept until Cargo.lock changes.
COPY Cargo.toml Cargo.lock ./
RUN mkdir src \
 && echo 'fn main() {}' > src/main.rs \
 && touch src/lib.rs \
 && cargo build --release --locked \
 && rm -rf src

COPY . .
# The copied files are older than the empty crate's build, which cargo would take for up to date.
RUN touch src/main.rs src/lib.rs \
 && cargo build --release --locked

FROM postgres:${PG_MAJOR}-trixie
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates git \
 && rm -rf /var/lib/apt/lists/*
COPY --from=builder /build/target/release/confiture /usr/local/bin/confiture
# A run copies an empty cluster. Made here, by a preflight of nothing, it is not made anew by each run.
RUN mkdir -p /tmp/nothing/db \
 && confiture preflight --project-dir /tmp/nothing \
 && rm -r /tmp/nothing
# GitHub runs container actions as root in a directory of its own choosing, so neither USER nor WORKDIR is set.
# The server that confiture starts drops to the user `postgres` by itself.
ENTRYPOINT ["/usr/local/bin/confiture"]
CMD ["--help"]
