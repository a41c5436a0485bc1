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
VERSION := $(shell functions/package/version)
SANITIZE ?=
SUITES ?=
SECONDS ?= 60
TARGET ?=

# A sanitized build lies beside the plain one and does not disturb it.
B := build$(if $(SANITIZE),/$(SANITIZE))
# The list of endpoints: each folder functions/NAME with a main.cpp, except the two commands and what works for logout.
ENDPOINTS := $(filter-out stile run deliver,$(patsubst functions/%/main.cpp,%,$(sort $(wildcard functions/*/main.cpp))))
DEMO := demo-client demo-resource # shown by make run, never installed
BINARIES := $(patsubst %,$(B)/bin/stile-%,$(ENDPOINTS) deliver $(DEMO)) $(B)/bin/stile $(B)/bin/stile-run

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-missing-field-initializers -Werror
CXXFLAGS := -std=c++23 -g1 -I. $(WARNINGS)
LDFLAGS := -pie -Wl,-z,relro,-z,now,--as-needed

# Programs are shipped with the hardening (tests/run/test_hardening.py looks for its marks), or tested with a sanitizer
# in its place. fuzzer-no-link adds the coverage that the fuzzers of tests/fuzz steer by: one build serves both.
ifeq ($(SANITIZE),)
CXX := g++
CXXFLAGS += -O2 -fPIE -fstack-protector-strong -fstack-clash-protection -fcf-protection -D_FORTIFY_SOURCE=3 \
            -ftrivial-auto-var-init=zero -D_GLIBCXX_ASSERTIONS
# No build id: it is a digest that covers the debug information, which names the folder of the build and is not shipped. So
# what is shipped is the same wherever it was built (STILE-package-6).
LDFLAGS += -Wl,-z,noexecstack,-z,separate-code,-z,text,--build-id=none
else
CXX := clang++-19
INSTRUMENT_address := -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all
INSTRUMENT_thread := -fsanitize=thread
INSTRUMENT := $(or $(INSTRUMENT_$(SANITIZE)),$(error SANITIZE is address or thread))
CXXFLAGS += -O1 -fPIE -fno-omit-frame-pointer -D_GLIBCXX_ASSERTIONS $(INSTRUMENT)
LDFLAGS += $(INSTRUMENT)
endif
LIBRARIES := -luv -lboost_context -lhiredis -lcrypto -largon2 -lctemplate -lboost_url -lcurl -pthread

# Catch2 3 is a library, Catch2 2 a header (tests/support/catch.h).
CATCH := $(if $(wildcard /usr/include/catch2/catch_all.hpp),-lCatch2Main -lCatch2)

CPP_SUITES := unit store endpoint
objects = $(patsubst %.cpp,$(B)/obj/%.o,$(1))
GENERATED := $(B)/obj/library.o $(B)/obj/users_acl.o $(B)/obj/version.o
SHARED := $(call objects,$(wildcard shared/*.cpp shared/*/*.cpp)) $(GENERATED)
PAGES := $(wildcard shared/pages/*.tpl shared/pages/*.css functions/*/pages/*.*)
TEXTS := $(wildcard shared/pages/texts/*.json)
DEMO_PAGES := $(wildcard functions/demo/*/pages/*)

all: $(BINARIES) $(B)/pages $(B)/library.lua $(B)/users.acl ## build everything into build/

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' Makefile
	@echo "  PORT=8000 RUN_DIR=build/run change where make run works; TLS=1 makes it speak https, with its own"
	@echo "  certificate authority; REDIS=valkey-server, or a path, is the server that it and the tests start;"
	@echo "  TRUST='127.0.0.1 ::1' lifts nginx's limits for these addresses there;"
	@echo "  SANITIZE=address|thread builds and tests with a sanitizer;"
	@echo "  SUITES='unit store' picks test suites (tests/README.md lists them)"
	@echo "  SECONDS=60 TARGET='form uri' are for make fuzz"

# The programs -----------------------------------------------------------------------------------------------------

# Other switches, other objects: this file changes with them.
$(B)/.switches: FORCE
	@mkdir -p $(@D)
	@echo '$(CXX) $(CXXFLAGS)' | cmp -s - $@ || echo '$(CXX) $(CXXFLAGS)' > $@

# What most files include is compiled first, for the tests and for instrumented programs. The compilers look for NAME.gch
# where NAME is to be included; it fits only the same switches. Not for the programs that are shipped: with it g++ 12 warns
# of the standard library's own code (array-bounds).
PRECOMPILED = $(if $(SANITIZE),$(B)/product.h)
$(B)/product.h.gch: shared/precompiled.h $(B)/.switches | build/.packages-build
	$(CXX) $(CXXFLAGS) -x c++-header $< -o $@

$(B)/tests.h.gch: tests/support/precompiled.h shared/precompiled.h tests/support/catch.h $(B)/.switches
	$(CXX) $(CXXFLAGS) -x c++-header $< -o $@

$(B)/obj/%.o: %.cpp $(B)/.switches $(if $(SANITIZE),$(B)/product.h.gch) | build/.packages-build
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) $(PRECOMPILED:%=-include %) -MMD -MP -c $< -o $@

# What only tests is compiled for the shortest wait. Private: .switches, which these objects depend on, must not inherit it.
TEST_OBJECTS := $(call objects,$(foreach suite,$(CPP_SUITES),$(wildcard tests/$(suite)/*.cpp tests/$(suite)/*/*.cpp tests/$(suite)/*/*/*.cpp)))
$(TEST_OBJECTS): $(B)/tests.h.gch
$(TEST_OBJECTS): private PRECOMPILED = $(B)/tests.h
$(TEST_OBJECTS) $(B)/tests.h.gch: private CXXFLAGS += -O0 -U_FORTIFY_SOURCE

$(B)/libstile.a: $(SHARED)
	@rm -f $@
	ar rcs $@ $^

# One rule for all: a function is the sources of its folder (a dash in its name is a folder, too), linked with the
# common library.
.SECONDEXPANSION:
$(B)/bin/stile-%: $$(call objects,$$(wildcard functions/$$(subst -,/,$$*)/*.cpp functions/$$*/*/*.cpp)) $(B)/libstile.a
	@mkdir -p $(@D)
	$(CXX) $(LDFLAGS) $^ -o $@ $(LIBRARIES)

$(B)/bin/stile: $(call objects,$(wildcard functions/stile/*.cpp functions/stile/*/*.cpp)) $(B)/libstile.a
	@mkdir -p $(@D)
	$(CXX) $(LDFLAGS) $^ -o $@ $(LIBRARIES)

# The library of steps, joined, and built in under a name that carries its digest (shared/store/library.h).
$(B)/library.lua: redis/library.lua $(wildcard redis/steps/*.lua)
	@mkdir -p $(@D)
	@version=_$$(cat $^ | sha256sum | cut -c1-12); \
	  cat $^ | sed -e "1s/stile/stile$$version/" -e "s/^local VERSION = ''/local VERSION = '$$version'/" > $@

$(B)/obj/library.cpp: $(B)/library.lua redis/library.awk
	@mkdir -p $(@D)
	@{ echo '#include "shared/store/library.h"'; \
	  echo "std::string_view stile::library_version() { return \"$$(sed -n "s/^local VERSION = '\(.*\)'/\1/p" $<)\"; }"; \
	  echo 'std::string_view stile::library_code() { return R"LUA('"$$(cat $<)"; \
	  echo ')LUA"; }'; \
	  awk -f redis/library.awk $<; } > $@

# The users of Redis as it reads them, one on a line, and built in (shared/store/users_acl.h).
$(B)/%.acl: redis/%.acl redis/acl.awk
	@mkdir -p $(@D)
	@awk -f redis/acl.awk $< > $@

$(B)/obj/users_acl.cpp: $(B)/users.acl $(B)/password_grant.acl
	@mkdir -p $(@D)
	@{ echo '#include "shared/store/users_acl.h"'; \
	  echo 'std::string_view stile::users_acl() { return R"ACL('"$$(cat $<)"; echo ')ACL"; }'; \
	  echo 'std::string_view stile::password_grant_acl() { return R"ACL('"$$(cat $(word 2,$^))"')ACL"; }'; } > $@

# Changes when the version does, and takes few seconds then: everything is linked anew. Two makes may be at it at once.
$(B)/obj/version.cpp: FORCE
	@mkdir -p $(@D)
	@new=$@.$$$$; { echo '#include "shared/base/version.h"'; \
	  echo 'std::string_view stile::version() { return "$(VERSION)"; }'; } > $$new; \
	  if cmp -s $$new $@; then rm $$new; else mv $$new $@; fi

$(GENERATED) $(B)/obj/handlers.o: %.o: %.cpp $(B)/.switches | build/.packages-build
	$(CXX) $(CXXFLAGS) -MMD -MP -c $< -o $@

# All templates in one folder, as an installed system has them.
$(B)/pages: $(PAGES) $(DEMO_PAGES) $(TEXTS)
	@mkdir -p $@/texts && cp $(PAGES) $(DEMO_PAGES) $@/ && cp $(TEXTS) $@/texts/ && touch $@

# Packages: asked for once, and again when the list changes --------------------------------------------------------

# Another server, other packages: this file changes with it.
build/.redis: FORCE
	@mkdir -p $(@D)
	@echo '$(REDIS)' | cmp -s - $@ || echo '$(REDIS)' > $@

build/.packages-%: functions/package/dependencies build/.redis
	@mkdir -p $(@D)
	@REDIS='$(REDIS)' functions/package/dependencies $*
	@touch $@

run: build/.packages-run ## build, then Redis, the functions and nginx on http://localhost:PORT, until Ctrl-C
	@$(MAKE) --no-print-directory -s all
	@exec $(B)/bin/stile-run --port '$(PORT)' --dir '$(RUN_DIR)' --redis '$(or $(REDIS),redis-server)' --pages $(B)/pages $(TRUST:%=--trust %) $(if $(filter-out 0 no off,$(TLS)),--tls)

TESTS := $(patsubst %,$(B)/bin/tests-%,$(if $(SUITES),$(filter $(CPP_SUITES),$(SUITES)),$(CPP_SUITES))) $(B)/bin/jose-tool $(B)/bin/load

# Stile's JOSE on the command line, for tests/clients/test_jose.py.
$(B)/bin/jose-tool: $(call objects,tests/support/jose_tool/main.cpp) $(B)/libstile.a
	@mkdir -p $(@D)
	$(CXX) $(LDFLAGS) $^ -o $@ $(LIBRARIES)

# The handlers, for tests that call them; each program takes what it uses.
$(B)/libfunctions.a: $(call objects,$(filter-out %/main.cpp,$(wildcard $(ENDPOINTS:%=functions/%/*.cpp) functions/*/grants/*.cpp))) $(B)/obj/handlers.o
	@rm -f $@
	ar rcs $@ $^

# The table of tests/support/handlers.h. Changes when the list of endpoints does.
$(B)/obj/handlers.cpp: FORCE
	@mkdir -p $(@D)
	@new=$@.$$$$; { printf '#include "functions/%s.h"\n' $(foreach name,$(ENDPOINTS),$(name)/$(name)); \
	  echo '#include "tests/support/handlers.h"'; \
	  echo 'std::span<const stile::test::Handler> stile::test::handlers() { static constexpr Handler all[] = {'; \
	  printf '    {"%s", %s::handle},\n' $(foreach name,$(ENDPOINTS),$(name) $(name)); \
	  echo '}; return all; }'; } > $$new; \
	  if cmp -s $$new $@; then rm $$new; else mv $$new $@; fi

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

# What bench compares with: on libfcgi, and on an event loop.
FLOORS := $(B)/bin/floor $(B)/bin/floor-loop
FLOOR := $(call objects,tests/bench/floor/operations.cpp) $(B)/obj/library.o
$(B)/bin/floor: $(call objects,tests/bench/floor/floor.cpp) $(FLOOR)
$(B)/bin/floor-loop: $(call objects,tests/bench/floor/floor_loop.cpp tests/bench/floor/redis_on_loop.cpp) $(FLOOR)
$(FLOORS):
	@mkdir -p $(@D)
	$(CXX) $(LDFLAGS) $^ -o $@ -lfcgi $(LIBRARIES)

$(B)/bin/tests-%: $$(call objects,$$(wildcard tests/$$*/*.cpp tests/$$*/*/*.cpp tests/$$*/*/*/*.cpp tests/support/*.cpp)) \
                  $(B)/obj/tests/main.o $(B)/libfunctions.a $(B)/libstile.a
	@mkdir -p $(@D)
	$(CXX) $(LDFLAGS) $^ -o $@ $(CATCH) $(LIBRARIES)

# These take an instrumented build besides.
INSTRUMENTED := $(if $(SANITIZE),,$(filter sanitize fuzz servers long,$(SUITES)))

test: build/.packages-test ## tests against real nginx, Redis and Chromium (ten minutes); ends with "N passed, N failed"
	@$(MAKE) --no-print-directory -s all $(TESTS)
	@$(if $(INSTRUMENTED),$(MAKE) --no-print-directory -s SANITIZE=address SUITES= all tests fuzzers)
	@/usr/bin/python3 tests/support/run_suites.py --build $(B) --redis '$(REDIS)' $(SUITES)

test-long: ## what takes longer: sanitizers, valgrind, fuzzers, faults, other servers, the package on a booted systemd
	@$(MAKE) --no-print-directory test SUITES=long

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

bench: build/.packages-bench ## what each operation costs, compared with the least that an event loop and Redis can do (about ten minutes)
	@$(MAKE) --no-print-directory -s all $(B)/bin/load $(FLOORS)
	@/usr/bin/python3 tests/bench/bench.py --out $(B)/bench

# From npm at the versions of the lock, with our programs beside, which look for it there. From Debian only unpacked: as
# it is installed, glewlwyd makes itself a user, a database and a service.
$(B)/peers/installed: $(wildcard tests/bench/peers/*.js*) | build/.packages-peers
	@rm -rf $(@D) && mkdir -p $(@D) && cp $^ $(@D)/
	cd $(@D) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	cd $(@D) && apt-get -qq download glewlwyd && dpkg-deb --extract glewlwyd_*.deb glewlwyd
	@touch $@

bench-peers: build/.packages-peers ## the same for other servers, from Debian and npm (about half an hour)
	@$(MAKE) --no-print-directory -s all $(B)/bin/load $(FLOORS) $(B)/peers/installed
	@/usr/bin/python3 tests/bench/bench.py --peers --out $(B)/bench-peers

tests: $(filter $(B)/bin/tests-%,$(TESTS))
fuzzers: $(FUZZERS) $(B)/pages

fuzz: build/.packages-test ## every fuzzer of tests/fuzz for SECONDS each, or only TARGET
	@$(MAKE) --no-print-directory -s SANITIZE=address fuzzers
	@/usr/bin/python3 tests/fuzz/run.py --build build/address --seconds $(SECONDS) $(TARGET)

# Installing --------------------------------------------------------------------------------------------------------

UNITS := $(PREFIX)/lib/systemd/system
# Lines of one function's service: logout tokens are sent by a process of another user.
UNIT_logout := Wants=stile-deliver.socket\nAfter=stile-deliver.socket
SERVICE_logout := Environment=STILE_DELIVER_SOCKET=/run/stile/deliver.sock
line = $(if $($(1)_$(2)),s;^@$(1)@$$;$($(1)_$(2));,/^@$(1)@$$/d)
fill_in = sed 's,@FUNCTION@,$(1),g; s,@BINDIR@,$(PREFIX)/bin,g; $(call line,UNIT,$(1)); $(call line,SERVICE,$(1))' functions/package/systemd/$(2) > $(DESTDIR)$(UNITS)/$(3)

$(B)/man: $(BINARIES) functions/package/man
	@rm -rf $@
	@functions/package/man $(B)/bin $@ '$(VERSION)' $(ENDPOINTS)

install: all $(B)/man ## into DESTDIR with PREFIX (/usr/local), and /etc/stile/stile.env if it does not exist
	install -d $(addprefix $(DESTDIR)$(PREFIX)/,bin share/man/man1 share/man/man5 share/man/man8 lib/sysusers.d lib/tmpfiles.d \
	  share/bash-completion/completions share/stile/pages/texts share/stile/nginx share/stile/redis) $(DESTDIR)$(UNITS) $(DESTDIR)/etc/stile
	install -s $(ENDPOINTS:%=$(B)/bin/stile-%) $(B)/bin/stile-deliver $(B)/bin/stile $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(PAGES) $(DESTDIR)$(PREFIX)/share/stile/pages
	install -m 644 $(TEXTS) $(DESTDIR)$(PREFIX)/share/stile/pages/texts
	install -m 644 $(filter-out nginx/nginx.conf nginx/tls.conf,$(wildcard nginx/*.conf)) $(DESTDIR)$(PREFIX)/share/stile/nginx
	install -m 644 functions/metrics/grafana.json $(DESTDIR)$(PREFIX)/share/stile
	install -m 644 redis/redis.conf $(B)/users.acl $(B)/password_grant.acl $(DESTDIR)$(PREFIX)/share/stile/redis
	install -m 644 $(B)/library.lua $(DESTDIR)$(PREFIX)/share/stile/redis/stile.lua
	functions/package/documents | while read -r name; do \
	  install -D -m 644 $$name $(DESTDIR)$(PREFIX)/share/doc/stile/$$name || exit; done
	install -m 644 functions/stile/completion.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/stile
	$(foreach section,1 5 8,install -m 644 $(B)/man/*.$(section) $(DESTDIR)$(PREFIX)/share/man/man$(section) &&) :
	$(foreach name,$(ENDPOINTS),$(call fill_in,$(name),function.socket,stile-$(name).socket) && \
	  $(call fill_in,$(name),function@.service,stile-$(name)@.service) &&) :
	install -m 644 functions/package/systemd/deliver.socket $(DESTDIR)$(UNITS)/stile-deliver.socket
	$(call fill_in,deliver,deliver@.service,stile-deliver@.service)
	sed 's,@SOCKETS@,$(ENDPOINTS:%=stile-%.socket) stile-deliver.socket,' functions/package/systemd/stile.target > $(DESTDIR)$(UNITS)/stile.target
	{ printf "u stile-%s - \"Stile's function\"\n" $(ENDPOINTS) deliver; \
	  echo "g stile-web -"; } > $(DESTDIR)$(PREFIX)/lib/sysusers.d/stile.conf
	{ echo "d /run/stile/metrics 0755 root root"; \
	  printf "f /run/stile/metrics/%s.1 0644 stile-%s stile-%s\n" $(foreach name,$(ENDPOINTS),$(name) $(name) $(name)); } > $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/stile.conf
	$(B)/bin/stile settings > $(DESTDIR)$(PREFIX)/share/stile/stile.env
	[ -e $(DESTDIR)/etc/stile/stile.env ] || install -m 600 $(DESTDIR)$(PREFIX)/share/stile/stile.env $(DESTDIR)/etc/stile

deb: build/.packages-deb all $(B)/man ## a Debian package of everything that install installs, into build/deb
	@functions/package/deb '$(VERSION)'

sbom: build/.packages-deb all ## the bill of materials (SPDX 2.3) of the programs, into build/stile.spdx.json
	@functions/package/sbom $(B)/bin '$(VERSION)' > $(B)/stile.spdx.json
	@echo $(B)/stile.spdx.json

SOURCES := $(shell git ls-files '*.cpp' '*.h' 2>/dev/null)

# A fifth of the analyzer's usual bound for a function: it takes half the time.
ANALYZER := $(addprefix -extra-arg=,-Xclang -analyzer-config -Xclang max-nodes=50000)

lint: build/.packages-lint $(B)/obj/library.cpp ## endpoints, layers, links, format, clang-tidy, cppcheck (12 minutes; the suite lint: seconds)
	@tests/lint/endpoints
	@tests/lint/layers
	@tests/lint/links
	@tests/lint/requirements
	@tests/lint/texts
	@clang-format-19 --dry-run -Werror $(SOURCES)
	@printf "%s\n" $(filter functions/% shared/%,$(filter %.cpp,$(SOURCES))) | xargs -P $$(nproc) -n 6 sh -c 'clang-tidy-19 --quiet $(ANALYZER) "$$@" -- -std=c++23 -I. 2>/dev/null' sh
	@cppcheck --quiet --std=c++20 --error-exitcode=1 --inline-suppr --suppressions-list=.cppcheck -I. functions shared

format: build/.packages-lint ## format all sources in place
	clang-format-19 -i $(SOURCES)

clean: ## remove build/
	rm -rf build

.PHONY: all help run test test-long tests versions fuzzers fuzz soak fault report-security bench bench-peers install deb sbom lint format clean FORCE
.SECONDARY:
-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
