# Stile: build, run, test. `make help` lists what there is.
MAKEFLAGS += --no-builtin-rules
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += --jobs=$(shell nproc)
endif
.DEFAULT_GOAL := all
SHELL := /bin/bash

PORT ?= 8000
RUN_DIR ?= build/run
REDIS ?= redis-server
TRUST ?=
TLS ?=
PREFIX ?= /usr/local
VERSION := $(shell functions/run/version)
SANITIZE ?=
SUITES ?=
SECONDS ?= 60
TARGET ?=

# A sanitized build lies beside the plain one and does not disturb it.
B := build$(if $(SANITIZE),/$(SANITIZE))
ENDPOINTS := authorize login consent token introspect revoke verify userinfo logout metadata metrics
DEMO := demo-client demo-resource # shown by make run, never installed
BINARIES := $(patsubst %,$(B)/bin/stile-%,$(ENDPOINTS) $(DEMO)) $(B)/bin/stile $(B)/bin/stile-run

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-missing-field-initializers -Werror
CXXFLAGS := -std=c++23 -g1 -I. $(WARNINGS)
LDFLAGS := -pie -Wl,-z,relro,-z,now,--as-needed

# Programs are shipped with the hardening (tests/run/test_hardening.py looks for its marks), or tested with a sanitizer
# in its place. fuzzer-no-link adds the coverage that the fuzzers of tests/fuzz steer by: one build serves both.
ifeq ($(SANITIZE),)
CXX := g++
CXXFLAGS += -O2 -fPIE -fstack-protector-strong -fstack-clash-protection -fcf-protection -D_FORTIFY_SOURCE=3 \
            -ftrivial-auto-var-init=zero -D_GLIBCXX_ASSERTIONS
LDFLAGS += -Wl,-z,noexecstack,-z,separate-code,-z,text
else
CXX := clang++-19
INSTRUMENT_address := -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all
INSTRUMENT_thread := -fsanitize=thread
INSTRUMENT := $(or $(INSTRUMENT_$(SANITIZE)),$(error SANITIZE is address or thread))
CXXFLAGS += -O1 -fPIE -fno-omit-frame-pointer -D_GLIBCXX_ASSERTIONS $(INSTRUMENT)
LDFLAGS += $(INSTRUMENT)
endif
LIBRARIES := -lfcgi -lhiredis -lcrypto -largon2 -lctemplate -lboost_url -lcurl -pthread

# What only tests is compiled for the shortest wait. Private: .switches, which these objects depend on, must not inherit it.
$(B)/obj/tests/unit/%.o $(B)/obj/tests/store/%.o $(B)/obj/tests/endpoint/%.o $(B)/obj/tests/integration/%.o: private CXXFLAGS += -O0 -U_FORTIFY_SOURCE
# Catch2 3 is a library, Catch2 2 a header (tests/support/catch.h).
CATCH := $(if $(wildcard /usr/include/catch2/catch_all.hpp),-lCatch2Main -lCatch2)

objects = $(patsubst %.cpp,$(B)/obj/%.o,$(1))
SHARED := $(call objects,$(wildcard shared/*.cpp shared/*/*.cpp)) $(B)/obj/library.o $(B)/obj/version.o
PAGES := $(filter-out %.md,$(wildcard shared/endpoint/pages/*.* functions/*/pages/*.*))
TEXTS := $(wildcard shared/endpoint/pages/texts/*.json)
DEMO_PAGES := $(wildcard functions/demo/*/pages/*)

all: $(BINARIES) $(B)/pages ## build everything into build/

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' Makefile
	@echo "  PORT=8000 RUN_DIR=build/run change where make run works; TLS=1 makes it speak https, with its own"
	@echo "  certificate authority; REDIS=valkey-server, or a path, is the server that it and the tests start;"
	@echo "  TRUST='127.0.0.1 ::1' lifts"
	@echo "  nginx's limits for these addresses there; SANITIZE=address|thread builds and tests with a sanitizer;"
	@echo "  SUITES='unit store' picks test suites (lint unit store endpoint integration clients browser openid run package soak security fault fuzz sanitize servers)"
	@echo "  SECONDS=60 TARGET='form uri' are for make fuzz"

# The programs -----------------------------------------------------------------------------------------------------

# Other switches, other objects: this file changes with them.
$(B)/.switches: FORCE
	@mkdir -p $(@D)
	@echo '$(CXX) $(CXXFLAGS)' | cmp -s - $@ || echo '$(CXX) $(CXXFLAGS)' > $@

$(B)/obj/%.o: %.cpp $(B)/.switches | build/.packages-build
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) -MMD -MP -c $< -o $@

$(B)/libstile.a: $(SHARED)
	@rm -f $@
	ar rcs $@ $^

# One rule for all: a function is the sources of its folder (a dash in its name is a folder, too), linked with the
# common library.
.SECONDEXPANSION:
$(B)/bin/stile-%: $$(call objects,$$(wildcard functions/$$(subst -,/,$$*)/*.cpp functions/$$*/*/*.cpp)) $(B)/libstile.a
	@mkdir -p $(@D)
	$(CXX) $(LDFLAGS) $^ -o $@ $(LIBRARIES)

$(B)/bin/stile: $(call objects,$(wildcard functions/stile/*.cpp)) $(B)/libstile.a
	@mkdir -p $(@D)
	$(CXX) $(LDFLAGS) $^ -o $@ $(LIBRARIES)

# redis/stile.lua, built in under a name that carries its digest (see shared/store/library.h).
$(B)/obj/library.cpp: redis/stile.lua
	@mkdir -p $(@D)
	@version=_$$(sha256sum $< | cut -c1-12); { \
	  echo '#include "shared/store/library.h"'; \
	  echo "std::string_view stile::library_version() { return \"$$version\"; }"; \
	  echo 'std::string_view stile::library_code() { return R"LUA('"$$(sed -e "1s/stile/stile$$version/" -e "s/^local VERSION = ''/local VERSION = '$$version'/" $<)"; \
	  echo ')LUA"; }'; } > $@

# Changes when the version does, and takes few seconds then: everything is linked anew. Two makes may be at it at once.
$(B)/obj/version.cpp: FORCE
	@mkdir -p $(@D)
	@new=$@.$$$$; { echo '#include "shared/base/version.h"'; \
	  echo 'std::string_view stile::version() { return "$(VERSION)"; }'; } > $$new; \
	  if cmp -s $$new $@; then rm $$new; else mv $$new $@; fi

$(B)/obj/library.o $(B)/obj/version.o: %.o: %.cpp $(B)/.switches | build/.packages-build
	$(CXX) $(CXXFLAGS) -c $< -o $@

# All templates in one folder, as an installed system has them.
$(B)/pages: $(PAGES) $(DEMO_PAGES) $(TEXTS)
	@mkdir -p $@/texts && cp $(PAGES) $(DEMO_PAGES) $@/ && cp $(TEXTS) $@/texts/ && touch $@

# Packages: asked for once, and again when the list changes --------------------------------------------------------

# Another server, other packages: this file changes with it.
build/.redis: FORCE
	@mkdir -p $(@D)
	@echo '$(REDIS)' | cmp -s - $@ || echo '$(REDIS)' > $@

build/.packages-%: functions/run/packages build/.redis
	@mkdir -p $(@D)
	@REDIS='$(REDIS)' functions/run/packages $*
	@touch $@

run: build/.packages-run ## build, then Redis, the functions and nginx on http://localhost:$(PORT), until Ctrl-C
	@$(MAKE) --no-print-directory -s all
	@exec $(B)/bin/stile-run --port '$(PORT)' --dir '$(RUN_DIR)' --redis '$(or $(REDIS),redis-server)' --pages $(B)/pages $(TRUST:%=--trust %) $(if $(filter-out 0 no off,$(TLS)),--tls)

# The C++ suites run instrumented (the suite sanitize); plain only when SUITES names them.
CPP_SUITES := unit store endpoint integration
TESTS := $(patsubst %,$(B)/bin/tests-%,$(if $(SANITIZE),$(CPP_SUITES),$(filter $(CPP_SUITES),$(SUITES)))) $(B)/bin/jose-tool $(B)/bin/load

# Stile's JOSE on the command line, for tests/clients/test_jose.py.
$(B)/bin/jose-tool: $(call objects,tests/support/jose_tool/main.cpp) $(B)/libstile.a
	@mkdir -p $(@D)
	$(CXX) $(LDFLAGS) $^ -o $@ $(LIBRARIES)

# The handlers, for tests that call them; each program takes what it uses.
$(B)/libfunctions.a: $(call objects,$(filter-out %/main.cpp,$(wildcard $(ENDPOINTS:%=functions/%/*.cpp) functions/*/grants/*.cpp)))
	@rm -f $@
	ar rcs $@ $^

# One program a target: its file in tests/fuzz. Built with SANITIZE=address.
FUZZERS := $(patsubst tests/fuzz/%.cpp,$(B)/bin/fuzz-%,$(wildcard tests/fuzz/*.cpp))
FUZZ_SUPPORT := $(call objects,$(wildcard tests/fuzz/support/*.cpp))
$(FUZZERS): $(B)/bin/fuzz-%: $(B)/obj/tests/fuzz/%.o $(FUZZ_SUPPORT) $(B)/libfunctions.a $(B)/libstile.a
	@mkdir -p $(@D)
	$(CXX) $(LDFLAGS) -fsanitize=fuzzer $^ -o $@ $(LIBRARIES)

# The load generator of soak and bench.
$(B)/bin/load: $(call objects,$(wildcard tests/bench/load/*.cpp)) $(B)/libstile.a
	@mkdir -p $(@D)
	$(CXX) $(LDFLAGS) $^ -o $@ $(LIBRARIES)

$(B)/bin/floor: $(call objects,tests/bench/floor/floor.cpp) $(B)/obj/library.o
	@mkdir -p $(@D)
	$(CXX) $(LDFLAGS) $^ -o $@ $(LIBRARIES)

$(B)/bin/tests-%: $$(call objects,$$(wildcard tests/$$*/*.cpp tests/$$*/*/*.cpp tests/$$*/*/*/*.cpp tests/support/*.cpp)) \
                  $(B)/obj/tests/main.o $(B)/libfunctions.a $(B)/libstile.a
	@mkdir -p $(@D)
	$(CXX) $(LDFLAGS) $^ -o $@ $(CATCH) $(LIBRARIES)

# The suites sanitize and fuzz take an instrumented build.
INSTRUMENTED := $(if $(SANITIZE),,$(if $(SUITES),$(filter sanitize fuzz servers,$(SUITES)),sanitize fuzz servers))

test: build/.packages-test ## every test against real nginx, Redis and Chromium; ends with "N passed, N failed"
	@$(MAKE) --no-print-directory -s all $(TESTS)
	@$(if $(INSTRUMENTED),$(MAKE) --no-print-directory -s SANITIZE=address all tests fuzzers)
	@/usr/bin/python3 tests/support/run_suites.py --build $(B) --redis '$(REDIS)' $(SUITES)

versions: build/.packages-test ## writes what this machine tests with into tests/versions.md
	@/usr/bin/python3 tests/support/versions.py

soak: build/.packages-test ## a million token requests and 100,000 logins: does memory stay flat? (about an hour)
	@$(MAKE) --no-print-directory -s all $(B)/bin/load
	@/usr/bin/python3 tests/support/run_suites.py --build $(B) --redis '$(REDIS)' --long soak

fault: build/.packages-test ## the fault tests in their long form, with a table of counts (about six minutes)
	@$(MAKE) --no-print-directory -s all
	@STILE_LONG=yes STILE_TEST_BUILD=$(B) STILE_TEST_REDIS='$(REDIS)' /usr/bin/python3 -m pytest -q -p no:cacheprovider tests/fault

report-security: build/.packages-test ## attacks, faults, load and fuzzers in one table
	@$(MAKE) --no-print-directory -s all $(B)/bin/load
	@$(MAKE) --no-print-directory -s SANITIZE=address fuzzers
	@rm -f $(B)/security.jsonl
	@/usr/bin/python3 tests/support/run_suites.py --build $(B) --redis '$(REDIS)' --report $(B)/security.jsonl security fault soak fuzz
	@/usr/bin/python3 tests/support/report.py $(B)/security.jsonl

bench: build/.packages-bench ## what each operation costs, compared with the floor of libfcgi and Redis (about ten minutes)
	@$(MAKE) --no-print-directory -s all $(B)/bin/load $(B)/bin/floor
	@/usr/bin/python3 tests/bench/bench.py --out $(B)/bench

# From npm at the versions of the lock, with our programs beside, which look for it there. From Debian only unpacked: as
# it is installed, glewlwyd makes itself a user, a database and a service.
$(B)/peers/installed: $(wildcard tests/bench/peers/*.js*) | build/.packages-peers
	@rm -rf $(@D) && mkdir -p $(@D) && cp $^ $(@D)/
	cd $(@D) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	cd $(@D) && apt-get -qq download glewlwyd && dpkg-deb --extract glewlwyd_*.deb glewlwyd
	@touch $@

bench-peers: build/.packages-peers ## the same for other servers, from Debian and npm (about half an hour)
	@$(MAKE) --no-print-directory -s all $(B)/bin/load $(B)/bin/floor $(B)/peers/installed
	@/usr/bin/python3 tests/bench/bench.py --peers --out $(B)/bench-peers

tests: $(filter $(B)/bin/tests-%,$(TESTS))
fuzzers: $(FUZZERS) $(B)/pages

fuzz: build/.packages-test ## every fuzzer of tests/fuzz for SECONDS each, or only TARGET
	@$(MAKE) --no-print-directory -s SANITIZE=address fuzzers
	@/usr/bin/python3 tests/fuzz/run.py --build build/address --seconds $(SECONDS) $(TARGET)

# Installing --------------------------------------------------------------------------------------------------------

UNITS := $(PREFIX)/lib/systemd/system
# Back-channel logout; the others talk to this machine alone.
ADDRESSES_logout := any
fill_in = sed 's,@FUNCTION@,$(1),g; s,@BINDIR@,$(PREFIX)/bin,g; s,@ADDRESSES@,$(or $(ADDRESSES_$(1)),localhost),g' functions/run/systemd/$(2) > $(DESTDIR)$(UNITS)/$(3)

$(B)/man: $(BINARIES) functions/run/man
	@rm -rf $@
	@functions/run/man $(B)/bin $@ '$(VERSION)'

install: all $(B)/man ## into $(DESTDIR)$(PREFIX), and /etc/stile/stile.env if it does not exist
	install -d $(addprefix $(DESTDIR)$(PREFIX)/,bin share/man/man1 share/man/man5 share/man/man8 lib/sysusers.d lib/tmpfiles.d \
	  share/bash-completion/completions share/stile/pages/texts share/stile/nginx share/stile/redis) $(DESTDIR)$(UNITS) $(DESTDIR)/etc/stile
	install -s $(ENDPOINTS:%=$(B)/bin/stile-%) $(B)/bin/stile $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(PAGES) $(DESTDIR)$(PREFIX)/share/stile/pages
	install -m 644 $(TEXTS) $(DESTDIR)$(PREFIX)/share/stile/pages/texts
	install -m 644 $(filter-out nginx/nginx.conf nginx/tls.conf,$(wildcard nginx/*.conf)) nginx/README.md $(DESTDIR)$(PREFIX)/share/stile/nginx
	install -m 644 functions/metrics/grafana.json $(DESTDIR)$(PREFIX)/share/stile
	install -m 644 redis/redis.conf redis/users.acl redis/password_grant.acl redis/stile.lua redis/README.md $(DESTDIR)$(PREFIX)/share/stile/redis
	install -m 644 functions/stile/completion.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/stile
	$(foreach section,1 5 8,install -m 644 $(B)/man/*.$(section) $(DESTDIR)$(PREFIX)/share/man/man$(section) &&) :
	$(foreach name,$(ENDPOINTS),$(call fill_in,$(name),function.socket,stile-$(name).socket) && \
	  $(call fill_in,$(name),function@.service,stile-$(name)@.service) &&) :
	printf "u stile-%s - \"Stile's function\"\n" $(ENDPOINTS) > $(DESTDIR)$(PREFIX)/lib/sysusers.d/stile.conf
	{ echo "d /run/stile/metrics 0755 root root"; \
	  printf "f /run/stile/metrics/%s.1 0644 stile-%s stile-%s\n" $(foreach name,$(ENDPOINTS),$(name) $(name) $(name)); } > $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/stile.conf
	$(B)/bin/stile settings > $(DESTDIR)$(PREFIX)/share/stile/stile.env
	[ -e $(DESTDIR)/etc/stile/stile.env ] || install -m 600 $(DESTDIR)$(PREFIX)/share/stile/stile.env $(DESTDIR)/etc/stile

deb: build/.packages-deb all $(B)/man ## a Debian package of everything that install installs, into build/deb
	@functions/run/deb '$(VERSION)'

SOURCES := $(shell git ls-files '*.cpp' '*.h' 2>/dev/null)

lint: build/.packages-lint $(B)/obj/library.cpp ## layers, links, format, clang-tidy, cppcheck
	@tests/lint/layers
	@tests/lint/links
	@tests/lint/requirements
	@tests/lint/texts
	@clang-format-19 --dry-run -Werror $(SOURCES)
	@printf "%s\n" $(filter functions/% shared/%,$(filter %.cpp,$(SOURCES))) | xargs -P $$(nproc) -n 6 sh -c 'clang-tidy-19 --quiet "$$@" -- -std=c++23 -I. 2>/dev/null' sh
	@cppcheck --quiet --std=c++20 --error-exitcode=1 --inline-suppr --suppressions-list=.cppcheck -I. functions shared

format: build/.packages-lint ## format all sources in place
	clang-format-19 -i $(SOURCES)

clean: ## remove build/
	rm -rf build

.PHONY: all help run test tests versions fuzzers fuzz soak fault report-security bench bench-peers install deb lint format clean FORCE
.SECONDARY:
-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
