# docker build -t fewshot-sam .            (CPU; about 2 GB)
# docker build -t fewshot-sam --build-arg TORCH_INDEX= .        (PyTorch with CUDA, from PyPI)
# docker run -p 127.0.0.1:7860:7860 -v fewshot-sam:/data --read-only --tmpfs /tmp:size=2g \
#   --cap-drop ALL --security-opt no-new-privileges fewshot-sam
#
# The digest is of the index of all architectures, as independent projects pin this tag; a registry that serves other
# bytes under it is refused by the builder.
FROM python:3.11.14-slim-bookworm@sha256:65a93d69fa75478d554f4ad27c85c1e69fa184956261b4301ebaf6dbb0a3543d

# Spaces and many clusters run containers as user 1000.
RUN useradd --create-home --uid 1000 user \
 && mkdir /data /app \
 && chown user:user /data \
 && chmod 700 /data
WORKDIR /app

# Every file is installed by its SHA-256. PyTorch's wheels for the CPU alone are the exception: they are on an index of
# their own, whose hashes are not in the lock; they are pinned by version. TORCH_INDEX= takes all by hash.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
COPY requirements.lock .
RUN if [ -n "$TORCH_INDEX" ]; then \
      awk '/^[^ #]/ { left_out = /^(torch|torchvision|triton|nvidia-|cuda-)/ } !left_out' requirements.lock \
        > rest.lock \
      && pip install --no-cache-dir --no-deps --only-binary :all: --require-hashes --requirement rest.lock \
      && pip install --no-cache-dir --no-deps --index-url "$TORCH_INDEX" \
           $(grep -oE '^(torch|torchvision)==[^ ]+' requirements.lock); \
    else \
      pip install --no-cache-dir --no-deps --only-binary :all: --require-hashes --requirement requirements.lock; \
    fi

# The code belongs to root: the user that serves it can write nothing but /data and the temporary folder.
COPY app.py ./
COPY fewshot_sam fewshot_sam
COPY storage storage
COPY backend backend
COPY ui ui
RUN chmod --recursive a+rX /app && python -m compileall -q /app

USER user

# Within the container the app listens to all: which port is published decides who reaches it, as 127.0.0.1:7860 above
# does. Elsewhere FEWSHOT_SAM_AUTH=1 (people log in) goes before FEWSHOT_SAM_OPEN.
ENV FEWSHOT_SAM_HOME=/data \
    FEWSHOT_SAM_HOST=0.0.0.0 \
    FEWSHOT_SAM_OPEN=1 \
    FEWSHOT_SAM_PORT=7860 \
    PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/api/health', timeout=4)"]
CMD ["python", "app.py"]
