import { parentPort, workerData } from 'node:worker_threads';
import { allMethods } from './all-methods.ts';
import { readCells } from './cell.ts';

/** Computes the rows that the main thread asks for, one after another. */
const { data, scale } = workerData as { readonly data: string; readonly scale: number };
const cells = await readCells(data);
const port = parentPort;
if (port === null) throw new Error('evaluation-worker.ts runs as a worker only');

port.on('message', async (task: { index: number; method: string; row: string } | undefined) => {
  if (task === undefined) {
    port.close();
    return;
  }
  const method = allMethods.find(({ id }) => id === task.method);
  const plan = method?.rows({ cells, scale }).find(({ id }) => id === task.row);
  if (plan === undefined) throw new Error(`no row ${task.method}/${task.row}`);
  port.postMessage({ index: task.index, result: await plan.compute() });
});
port.postMessage('ready');
