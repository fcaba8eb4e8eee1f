import { checkRunRoutes } from './check-run-routes.ts';
import { conversationRoutes } from './conversation-routes.ts';
import { deploymentRoutes } from './deployment-routes.ts';
import { fileRoutes } from './file-routes.ts';
import { filled } from './fill-answer.ts';
import { pullRequestRoutes } from './pull-request-routes.ts';
import { releaseRoutes } from './release-routes.ts';
import type { Route } from './route.ts';

/** What people and providers say: pull requests, comments, labels, checks, deployments. */
export const talkingRoutes: readonly Route[] = [
  ...conversationRoutes,
  ...pullRequestRoutes,
  ...checkRunRoutes,
  ...deploymentRoutes,
  ...fileRoutes,
  ...releaseRoutes,
].map(filled);
