import { resolve } from 'node:path';
import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** A real gRPC service `greet.Greeter` with one method, `Hello`. */
export interface GrpcTarget extends AsyncDisposable {
  /** `host:port` */
  readonly address: string;
  readonly calls: () => number;
}

export async function startGrpcTarget(): Promise<GrpcTarget> {
  const definition = loadSync(resolve(import.meta.dirname, '../fixtures-k6/proto/greeter.proto'));
  const service = definition['greet.Greeter'] as ServiceDefinition<UntypedServiceImplementation>;
  const server = new Server();
  let calls = 0;
  server.addService(service, {
    Hello: (call: { request: { name: string } }, reply: (error: null, value: { text: string }) => void) => {
      calls += 1;
      reply(null, { text: `Hello ${call.request.name}` });
    },
  });
  const port = await new Promise<number>((done, fail) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? done(bound) : fail(error),
    ),
  );
  return {
    address: `127.0.0.1:${port}`,
    calls: () => calls,
    [Symbol.asyncDispose]: async () => server.forceShutdown(),
  };
}
