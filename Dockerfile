# docker build -t fewshot-sam .            (CPU; about 2 GB)
# docker build -t fewshot-sam --build-arg TORCH_INDEX= .        (PyTorch with CUDA, from PyPI)
# docker run -p 127.0.0.1:7860:7860 -v fewshot-sam:/data fewshot-sam
FROM python:3.11-slim

# Spaces and many clusters run containers as user 1000.
RUN useradd --create-home --uid 1000 user \
 && mkdir /data /app \
 && chown user:user /data \
 && chmod 700 /data
WORKDIR /app

ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
COPY requirements.txt .
RUN pip install --no-cache-dir ${TORCH_INDEX:+--extra-index-url $TORCH_INDEX} --requirement requirements.txt

# The code belongs to root: the user that serves it can write nothing but /data and the temporary folder.
COPY app.py ./
COPY fewshot_sam fewshot_sam
COPY storage storage
COPY backend backend
COPY ui ui
RUN chmod --recursive a+rX /app && python -m compileall -q /app

USER user

ENV FEWSHOT_SAM_HOME=/data \
    FEWSHOT_SAM_HOST=0.0.0.0 \
    FEWSHOT_SAM_PORT=7860 \
    PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/api/health', timeout=4)"]
CMD ["python", "app.py"]
