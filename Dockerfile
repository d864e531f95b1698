# docker build -t fewshot-sam .            (CPU; about 2 GB)
# docker build -t fewshot-sam --build-arg TORCH_INDEX= .        (PyTorch with CUDA, from PyPI)
# docker run -p 127.0.0.1:7860:7860 -v fewshot-sam:/data fewshot-sam
FROM python:3.11-slim

# Spaces and many clusters run containers as user 1000.
RUN useradd --create-home --uid 1000 user \
 && mkdir /data /app \
 && chown user:user /data /app
WORKDIR /app

ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
COPY requirements.txt .
RUN pip install --no-cache-dir ${TORCH_INDEX:+--extra-index-url $TORCH_INDEX} --requirement requirements.txt

USER user
COPY --chown=user:user app.py ./
COPY --chown=user:user fewshot_sam fewshot_sam
COPY --chown=user:user storage storage
COPY --chown=user:user backend backend
COPY --chown=user:user ui ui

ENV FEWSHOT_SAM_HOME=/data \
    FEWSHOT_SAM_HOST=0.0.0.0 \
    FEWSHOT_SAM_PORT=7860 \
    PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/api/health', timeout=4)"]
CMD ["python", "app.py"]
