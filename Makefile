# Everything that the site, its tests and its authors need. `make help` lists it.

PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
JOBS ?= 3
# On Linux the ordinary wheel of torch brings CUDA (several GB). CPU only:
#   make test TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=

# Material announces its end at every build; this site knows.
export NO_MKDOCS_2_WARNING := 1

BIN := $(VENV)/bin
READY := $(VENV)/.ready
BENCH := .bench
PAGES ?= docs

.DEFAULT_GOAL := help
.PHONY: help setup serve build test update lint bench mutate clean

help: ## 列出可用的命令
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## 准备虚拟环境（其余命令会自动调用；已就绪时什么也不做）

$(READY): requirements.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "找不到 $(PYTHON)：请安装 Python 3.11 或更新版本，或用 make PYTHON=/路径/python3 指定。" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) 的版本太旧：需要 Python 3.11 或更新版本，可用 make PYTHON=/路径/python3.11 指定。" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "无法创建虚拟环境 $(VENV)：在 Debian 或 Ubuntu 上先安装 python3-venv。" >&2; exit 1; }
	@echo "正在安装依赖（第一次需要几分钟，日志在 $(VENV)/setup.log）……"
	@{ test -z "$(TORCH_INDEX)" || $(BIN)/python -m pip install --disable-pip-version-check --index-url $(TORCH_INDEX) "$$(grep '^torch==' requirements.txt)"; } > $(VENV)/setup.log 2>&1 \
	  && $(BIN)/python -m pip install --disable-pip-version-check -r requirements.txt >> $(VENV)/setup.log 2>&1 \
	  || { echo "依赖安装失败：多半是网络不通，原因在 $(VENV)/setup.log 的末尾；联网后重新运行即可。" >&2; exit 1; }
	@touch $@

serve: $(READY) ## 在本机打开网站，改动随时刷新（PORT=8000）
	@$(BIN)/python -c 'import socket, sys; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", $(PORT)))' 2>/dev/null || { echo "端口 $(PORT) 用不了，多半已被占用：换一个，例如 make serve PORT=8001。" >&2; exit 1; }
	@rm -rf .cache/labs
	LABS_CACHE=true $(BIN)/mkdocs serve --dev-addr 127.0.0.1:$(PORT)

build: $(READY) ## 检验全部页面，再严格构建网站到 site/
	$(BIN)/python -m proofread check docs
	NOTEBOOKS=true $(BIN)/mkdocs build --strict
	$(BIN)/python -m proofread notebook docs -o site

test: $(READY) ## 运行全部测试：每个代码块、每个公式、检验器本身、网站
	$(BIN)/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

update: $(READY) ## 把真实输出写回 snippets/ 和 docs/（PAGES=docs/某页.md 只更新一页）
	$(BIN)/python -m proofread update $(PAGES)

lint: $(READY) ## ruff 与 mypy
	$(BIN)/ruff check .
	$(BIN)/mypy

mutate: $(READY) ## 在页面里种下错误，数一数检验器抓住多少（很慢；PAGES=docs/某页.md 只试一页）
	$(BIN)/python -m proofread mutate --code $(PAGES)
	$(BIN)/python -m proofread mutate --math $(PAGES)

# The tools that the engine is measured against, beside what is installed already.
$(BENCH)/.ready: bench/requirements.txt $(READY)
	@$(BIN)/python -m venv $(BENCH)
	@$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > "$$($(BENCH)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/main.pth"
	@$(BENCH)/bin/python -m pip install --disable-pip-version-check --quiet -r bench/requirements.txt
	@touch $@

bench: build $(BENCH)/.ready ## 量一量：检验代码与公式的代价（写进 docs/performance.md），网站每一页的重量与快慢
	$(BENCH)/bin/python bench/engine.py --write docs/performance.md
	$(BIN)/python bench/formulas.py
	$(BIN)/python bench/site.py site

clean: ## 删除构建结果与缓存（不删虚拟环境）
	rm -rf site .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis
